import type { Size } from '../../gate/i420.ts';
import type { Person } from './detector.ts';
import type { Region } from './region.ts';

/** MoveNet's 17 points (its model card): nose, eyes and ears, then the shoulders; three numbers each: y, x, score. */
const FACE = [0, 1, 2, 3, 4];
const SHOULDERS = [5, 6];
/** Three points of a face are enough: from the side two of the five are hidden. */
const FACE_POINTS_MIN = 3;
/** Under this it saw a chair, or half a poster. */
const SCORE_MIN = 0.36;
/** A shoulder that it only guesses says nothing of the size. */
const SHOULDER_SCORE_MIN = 0.25;
/** From the face to the shoulders, where they are that far apart. */
const SIZE_FROM_SHOULDERS = 0.55;
/** The middle of the head is above the face's points by this share of the size. */
const HEAD_ABOVE_FACE = 0.15;
/** A face alone, nearly filling the picture: its shoulders are below the edge. */
const SIZE_FROM_FACE = 2.2;

interface Keypoint {
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

/** From the model's answer for a region to a person in the picture; null where there is none. */
export function personOf(answer: ArrayLike<number>, region: Region, { width, height }: Size): Person | null {
  const point = (index: number): Keypoint => ({
    y: region.y + (answer[index * 3] ?? 0) * region.side, x: region.x + (answer[index * 3 + 1] ?? 0) * region.side, score: answer[index * 3 + 2] ?? 0,
  });
  const face = FACE.map(point).sort((a, b) => b.score - a.score);
  const shoulders = SHOULDERS.map(point);
  const score = (mean(face.slice(0, FACE_POINTS_MIN).map((one) => one.score)) + mean(shoulders.map((one) => one.score))) / 2;
  if (score < SCORE_MIN) return null;
  const weight = face.reduce((sum, one) => sum + one.score, 0);
  const x = face.reduce((sum, one) => sum + one.x * one.score, 0) / weight;
  const y = face.reduce((sum, one) => sum + one.y * one.score, 0) / weight;
  const size = sizeOf(face, shoulders, y);
  return { head: { x: x / width, y: (y - HEAD_ABOVE_FACE * size) / height }, size: size / height, score };
}

/** Pixels from the face to the shoulders: as seen, or as the shoulders' breadth has it for somebody who bends. */
function sizeOf(face: readonly Keypoint[], shoulders: readonly Keypoint[], faceY: number): number {
  const known = shoulders.filter((one) => one.score >= SHOULDER_SCORE_MIN);
  if (known.length === 0) return SIZE_FROM_FACE * spread(face.map((one) => one.x));
  const drop = mean(known.map((one) => one.y)) - faceY;
  return Math.max(drop, known.length === 2 ? SIZE_FROM_SHOULDERS * spread(known.map((one) => one.x)) : 0, 1);
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
