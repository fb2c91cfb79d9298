"""The little lecture: what the slides show and what the voice says, eight slides of fifteen seconds, round and round."""

SLIDE_SECONDS = 15

# `say` takes at most about 14 s to speak: the microphone must not fall silent for 2 s.
SLIDES = [
    {
        "kind": "title",
        "title": "How does a satellite stay up?",
        "subtitle": "卫星为什么不会掉下来？",
        "lines": ["Physics 12", "Lecture 4: Orbits"],
        "say": "Good morning, and welcome, everyone here in the room and everyone at home. Today we ask a simple question. "
        "Why does a satellite not fall down? The answer may surprise you: it does fall, all the time.",
    },
    {
        "kind": "cannon",
        "title": "Throw it faster",
        "subtitle": "抛得越快，落得越远",
        "lines": ["Slow: it lands nearby.", "Fast: it lands far away.", "7.9 km/s: it falls around", "the Earth, and never lands."],
        "say": "Imagine a cannon on a very high mountain. Fire slowly, and the ball lands nearby. Fire faster, and it lands "
        "further away. Fire it at almost eight kilometres a second, and the ground curves away as fast as the ball falls.",
    },
    {
        "kind": "formula",
        "title": "How fast must it go?",
        "subtitle": "环绕速度",
        "lines": ["v = √(GM / r)", "GM = 398 600 km³/s²", "r = 6 771 km  (400 km up)", "v = 7.67 km/s"],
        "say": "How fast must it go? Gravity has to bend the path into a circle. So the speed is the square root of G M over r. "
        "At four hundred kilometres up, that is seven point six seven kilometres each second.",
    },
    {
        "kind": "table",
        "title": "Higher means slower",
        "subtitle": "越高，越慢",
        "lines": [
            ["Orbit", "Height", "Speed", "One turn"],
            ["Space station", "400 km", "7.67 km/s", "92 min"],
            ["Navigation", "20 200 km", "3.87 km/s", "11 h 58 min"],
            ["Television", "35 786 km", "3.07 km/s", "23 h 56 min"],
            ["The Moon", "384 400 km", "1.02 km/s", "27.3 days"],
        ],
        "say": "Look at the table. The space station goes round in ninety two minutes. A navigation satellite needs twelve hours. "
        "And a television satellite takes one whole day, so it seems to hang still over the equator.",
    },
    {
        "kind": "ellipse",
        "title": "Equal areas in equal times",
        "subtitle": "开普勒第二定律",
        "lines": ["Near the Earth: fast", "Far from the Earth: slow"],
        "say": "Most orbits are not circles. They are ellipses, with the Earth at one focus. Kepler saw that the line to the Earth "
        "sweeps equal areas in equal times. So a satellite hurries when it is near, and is lazy when it is far.",
    },
    {
        "kind": "points",
        "title": "Why do astronauts float?",
        "subtitle": "宇航员为什么会飘浮？",
        "lines": ["Gravity at 400 km is still", "8.7 m/s²: 89 % of ours.", "They float because they fall", "together with their ship."],
        "say": "Why do astronauts float? Not because gravity is gone. Up there it is still eighty nine percent of what you feel now. "
        "They float because they fall, together with their ship, and nothing pushes back on their feet.",
    },
    {
        "kind": "question",
        "title": "Your turn",
        "subtitle": "想一想",
        "lines": ["A satellite loses a little speed", "in the thin upper air.", "Does it then go faster or slower?"],
        "say": "Now it is your turn. A satellite brushes the thin upper air and loses a little energy. It sinks to a lower orbit. "
        "Does it then go faster, or slower? Write your answer in the chat, and I will read some of them aloud.",
    },
    {
        "kind": "points",
        "title": "What we keep",
        "subtitle": "小结",
        "lines": ["An orbit is a fall that misses.", "Lower orbits are faster.", "Equal areas in equal times.", "Next week: getting to orbit."],
        "say": "Let us keep four things. An orbit is a fall that misses the ground. Lower orbits are faster. Equal areas in equal "
        "times. And floating means falling together. Next week we go on: how do we get up there?",
    },
]


def slide_at(epoch_ms: int) -> int:
    return epoch_ms // 1000 // SLIDE_SECONDS % len(SLIDES)
