/** H.264 as bytes (ITU-T H.264, ISO/IEC 14496-15): framing, parameter sets, configuration record. Pure functions, no decoding. */
export { annexBToAvcc, avccToAnnexB, hasTooManyNalUnits, joinNalUnits, splitNalUnits } from './h264/nal.ts';
export { canonicalAccessUnit, hasBFrames, isKeyframe, parameterSetsOf, stripDispensable, stripParameterSets } from './h264/access-unit.ts';
export type { ParameterSets } from './h264/access-unit.ts';
export { parseSps } from './h264/sps.ts';
export type { SpsInfo } from './h264/sps.ts';
export { avcDecoderConfigurationRecord, parseAvcDecoderConfigurationRecord } from './h264/config-record.ts';
export type { AvcConfig } from './h264/config-record.ts';
