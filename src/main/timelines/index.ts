export { hostNow } from './clock'
export {
  type InstructionStep,
  portsLabel,
  type Recorder,
  type TimelineRecorder,
  unrecorded,
} from './recorder'
export { type KeptTimelines, Timelines } from './timelines'
