import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';

const Schema = Type.Object(
  { port: Type.Integer(), sources: Type.Array(Type.Object({ id: Type.String() }, { additionalProperties: false })) },
  { additionalProperties: false },
);

describe('parseConfig', () => {
  it('reads JSON with comments', () => {
    expect(parseConfig(Schema, '{ // the panel\n "port": 1, "sources": [] }', 'box.json')).toEqual({ port: 1, sources: [] });
  });

  it.each([
    ['a wrong type', '{\n "port": "x",\n "sources": []\n}', 'box.json:2: port: must be integer'],
    ['an unknown key', '{\n "port": 1,\n "sources": [],\n "colour": 3\n}', 'box.json:4: colour: is not a known key'],
    ['a nested unknown key', '{ "port": 1,\n "sources": [\n {"id": "a"},\n {"id": "b", "x": 1}]}', 'box.json:4: sources.1.x: is not a known key'],
    ['a missing key', '{\n "sources": []\n}', 'box.json:1: the file: must have required properties port'],
    ['a torn file', '{\n "port": 1,\n', 'box.json:3: not valid JSON'],
    ['an empty file', '', 'box.json:1:'],
  ])('refuses %s with its line', (_, text, expected) => {
    expect(() => parseConfig(Schema, text, 'box.json')).toThrow(expected);
  });
});
