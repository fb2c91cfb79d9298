/** The box speaks English; what it says often is known here. What is not keeps the box's own sentence. */
const reasons: Readonly<Record<string, string>> = {
  not_claimed: '主机还不属于任何教室，请管理员用此处的代码认领。',
  no_encoder: '主机无法编码画面，请重启；如果仍然不行，请联系 IT。',
  encoder_starting: '画面正在准备，开机后需要几秒钟。',
  no_camera_signal: '收不到摄像机的画面，请检查电源和连线。',
  no_microphone: '收不到麦克风的声音，请检查是否打开并连接。',
  disk_nearly_full: '录像磁盘空间不足，请联系 IT 清理。',
  camera_control_lost: '摄像机暂时无法转动，仍可上课。',
  edge_unreachable: '暂时连不上学生端。仍可上课：课堂会录制，稍后自动上传。',
};

const refusals: Readonly<Record<string, string>> = {
  no_class: '现在没有正在进行的课。',
  class_ending: '上一节课还在收尾，请过几秒再按“开始上课”。',
  camera_unreachable: '摄像机没有回应，请检查电源和网线。',
  camera_silent: '摄像机没有回应，请检查电源和网线。',
  camera_timeout: '摄像机没有回应，请检查电源和网线。',
  camera_closed: '与摄像机的连接断开了，请检查电源和网线。',
  camera_bad_answer: '摄像机的回应无法识别，请联系 IT。',
  camera_superseded: '另一个操作取代了这一次，请再按一次。',
  camera_busy: '摄像机正忙，请稍后再试。',
  camera_refused: '摄像机拒绝了该操作，请关闭它的屏幕菜单并确认已开机。',
  camera_on_air: '学生正在看这台摄像机，已设定直播时不移动。请先切换到其他画面。',
  camera_cannot: '这台摄像机做不到。',
  unknown_macro: '这个场景已经不存在。',
  wrong_pin: 'PIN 码不对。',
  too_many_tries: '尝试次数过多，请稍后再试。',
  pin_needed: '更改设置需要 PIN 码。',
  not_signed_in: '请先输入 PIN 码。',
  unknown_layout: '这个布局已经不存在。',
  unknown_source: '这个声音来源已经不存在。',
  nobody_waits: '那台电脑已经不再等待。',
  no_share: '这台主机没有启用电脑共享。',
  no_recording: '现在没有在录制，没有可以抹去的内容。',
  erase_pending: '磁盘没有回应，恢复后会立即抹去。请不要关闭主机。',
  no_program: '画面正在重新启动，请过一秒再按。',
};

/** By what the box says, with `#` for its numbers. */
const sentences: Readonly<Record<string, string>> = {
  'Nothing was written to the disk for # seconds.': '磁盘已有 # 秒没有写入。',
  'The last piece of the recording could not be played back.': '最近一段录像无法回放。',
  'The recording has just begun and was not checked yet.': '录制刚刚开始，还未检查。',
  'The recording could not be checked for # seconds.': '录像已有 # 秒无法检查。',
  'The recording has no sound: its encoder gives none. It is restarted by itself.': '录像没有声音，正在自动恢复。',
  'The room is heard, but the recording is silent. Tell support.': '教室有声音，但录像没有声音，请联系 IT。',
  'There was no sound for # seconds. Check the microphone.': '已有 # 秒没有声音，请检查麦克风。',
  'The disk is full: the class is not being recorded. Ask support to make room.': '磁盘已满，课堂没有在录制，请联系 IT 清理。',
  'The disk does not accept files: the class is not being recorded. Tell support.': '磁盘无法写入，课堂没有在录制，请联系 IT。',
  'The recording was removed from the disk while it was being written. It goes on in a new file.': '录像在写入时被从磁盘删除，正在新文件中继续录制。',
  'The cloud library cannot be reached. Recordings are safe on the box and go up by themselves.': '暂时连不上云端。录像已安全保存在本机，稍后会自动上传。',
  'The box has no permission from campus yet. Recordings are safe on the box and go up by themselves.': '校园服务还未授权上传。录像已安全保存在本机，稍后会自动上传。',
  'The class is being connected to the students.': '正在连接学生端。',
  'The class is being sent, but the edge has not received it yet.': '正在发送，云端尚未收到。',
  'The class is being sent, but the edge does not say whether it arrives.': '正在发送，但云端没有确认收到。',
};

const rehearsals: Readonly<Record<string, string>> = {
  signal: '检查发现：有信号源没有画面、画面全黑或停住，请检查电源和连线，或关掉再打开。',
  sound: '检查发现：听不到麦克风的声音，请检查是否打开。',
  disk: '检查发现：磁盘空间不够下一节课使用，请联系 IT。',
  camera: '检查发现：摄像机没有回应，仍可上课。',
  clock: '检查发现：主机时间不准，请联系 IT。',
  uplink: '检查发现：暂时连不上学生端。仍可上课：会录制并稍后上传。',
  encoder: '检查发现：画面编码没有运行，请重启主机或联系 IT。',
};

const health: Readonly<Record<string, string>> = {
  not_recording: '课堂没有在录制。',
  recording_in_doubt: '正在录制，但尚未验证。',
  students_see_nothing: '学生现在看不到课堂。',
  picture_lost: '收不到摄像机的画面，请检查电源和连线。',
  slides_lost: '收不到课件的画面，请唤醒电脑或重插 HDMI 线。',
  microphone_lost: '收不到麦克风的声音，请检查接收器和连线。',
  camera_control_lost: '摄像机暂时无法转动。',
  encoder_slow: '画面编码跟不上，请联系 IT。',
  encoder_queue: '画面在排队等待编码：请保证主机通风，若持续请联系 IT。',
  dropped_frames: '有画面被丢弃，主机可能过忙。',
  gate_late: '画面合成偏慢，主机可能过忙。',
  hot: '主机温度偏高，请保证通风。',
  overheating: '主机过热，请立即保证通风。',
  throttled: '主机因过热降速，请保证通风。',
  cpu_busy: '主机处理器繁忙。',
  memory_low: '主机内存不足。',
  disk_low: '录像磁盘空间不足，请联系 IT 清理。',
  disk_full: '录像磁盘已满，请联系 IT 清理。',
  disk_busy: '录像磁盘繁忙。',
  disk_errors: '磁盘出现读写错误，请联系 IT。',
  network_errors: '网络出现错误，请检查网线。',
  clock_wrong: '主机时间不准，请联系 IT。',
  upload_failing: '暂时连不上云端，稍后会自动上传。',
  calendar_unread: '读不到课程日历，仍使用上一次的课表。',
};

/** A code may carry what it is about after a colon. */
const kindOf = (code: string): string => code.split(':')[0] ?? code;

export function rehearsedInChinese(code: string, message: string): string {
  return rehearsals[code] ?? message;
}

export function healthAlarmInChinese(code: string, message: string): string {
  return health[kindOf(code)] ?? message;
}

export function soundAlarmInChinese(code: string, name: string, message: string): string {
  switch (code) {
    case 'silent':
      return name === '' ? '课堂没有声音，请检查麦克风是否打开。' : `“${name}”没有声音，请检查是否打开。`;
    case 'clipping':
      return `“${name}”音量过大，声音失真。`;
    case 'microphone-lost':
      return `收不到“${name}”的声音，请检查电源和连线。`;
    case 'backup-in-use':
      return `正在使用备用麦克风“${name}”。`;
    default:
      return message;
  }
}

export function reasonInChinese(code: string, message: string): string {
  return reasons[code] ?? message;
}

export function refusalInChinese(code: string, message: string): string {
  return refusals[code] ?? message;
}

/** What follows is the network's own word for it, of use to support only. */
const UNSENT = 'Students cannot see this class yet: ';

export function saidInChinese(sentence: string): string {
  if (sentence.startsWith(UNSENT)) return '学生暂时看不到课堂。课堂正在录制，主机会自动重试。';
  const numbers = sentence.match(/\d+/g) ?? [];
  const known = sentences[sentence.replace(/\d+/g, '#')];
  return known === undefined ? sentence : numbers.reduce((said, number) => said.replace('#', number), known);
}

export function sourceAdviceInChinese(kind: string, trouble: string, name: string, advice: string): string {
  if (trouble === 'lost' || trouble === 'absent') {
    return kind === 'microphone' ? `收不到“${name}”的声音，请检查电源和连线。` : `收不到“${name}”的画面，请检查电源和连线。`;
  }
  switch (trouble) {
    case 'black':
      return `“${name}”的画面全黑，请检查镜头盖或信号源。`;
    case 'frozen':
      return `“${name}”的画面停住了，请关掉再打开。`;
    case 'silent':
      return `“${name}”没有声音，请检查麦克风是否打开。`;
    case 'clipping':
      return `“${name}”音量过大，请离麦克风远一点或调低音量。`;
    default:
      return advice;
  }
}
