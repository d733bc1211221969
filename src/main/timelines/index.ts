export { hostNow } from './clock'
export { portsLabel, type Recorder, type TimelineRecorder, unrecorded } from './recorder'
export { type KeptTimelines, Timelines } from './timelines'
