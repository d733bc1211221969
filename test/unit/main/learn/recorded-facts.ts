import type { Facts } from '../../../../src/main/learn/facts'
import type { Build, BuildStep } from '../../../../src/shared/builds'
import type { Container } from '../../../../src/shared/containers'
import type { ReportedEvent } from '../../../../src/shared/events'

/** Facts as an engine reports them, for tests of the checks. */
export function recorded(facts: Partial<Facts> = {}): Facts {
  return {
    events: [],
    containers: [],
    changed: new Set((facts.containers ?? []).map(({ id }) => id)),
    removed: new Set(),
    images: [],
    volumes: [],
    networks: [],
    forwards: [],
    builds: [],
    outputs: new Map(),
    printed: new Map(),
    details: new Map(),
    imageDetails: new Map(),
    namespaces: new Map(),
    throttled: new Map(),
    answers: [],
    seen: new Map(),
    ...facts,
  }
}

export function recordedContainer(fields: Partial<Container> = {}): Container {
  return {
    id: 'c1',
    name: 'learn-web',
    image: 'berth/learn-hello',
    imageId: `sha256:${'a'.repeat(64)}`,
    command: 'hello',
    createdAt: 1_000,
    state: 'running',
    startedAt: 1_000,
    finishedAt: null,
    exitCode: null,
    health: null,
    error: '',
    ports: [],
    exposedPorts: [],
    mounts: [],
    networks: ['bridge'],
    networkMode: 'bridge',
    endpoints: [],
    ipv6: false,
    labels: {},
    autoRemove: false,
    tty: false,
    pid: 100,
    ...fields,
  }
}

/** Events of one object, numbered in their order. `time` is in seconds. */
export function recordedEvents(
  ...events: [action: string, time: number, attributes?: Record<string, string>][]
): ReportedEvent[] {
  return events.map(([action, time, attributes = {}], index) => {
    const [name = action, detail = ''] = action.split(': ')
    return {
      number: index + 1,
      time: time * 1_000,
      kind: 'container',
      action: name,
      detail,
      id: 'c1',
      name: 'learn-web',
      attributes: Object.entries(attributes),
    }
  })
}

export function recordedBuild(
  status: Build['status'],
  ...steps: [name: string, fields?: Partial<BuildStep>][]
): Build {
  return {
    id: 'b1',
    origin: 'engine',
    name: 'berth-learn',
    tags: [],
    status,
    startedAt: 1_000,
    endedAt: 3_500,
    steps: { total: steps.length, done: steps.length, cached: 0 },
    stepList: steps.map(([name, fields], index) => ({
      ...{ id: String(index), name, inputs: [], startedAt: null, endedAt: null, cached: false },
      ...{ error: null, progress: [], miss: null, outputLength: 0 },
      ...fields,
    })),
    failure: null,
    hints: [],
    dockerfileText: null,
    dockerfilePath: null,
    imageId: null,
    sentBytes: null,
    hasTimeline: false,
  }
}
