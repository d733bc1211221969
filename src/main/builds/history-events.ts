import type { BuildStep } from '../../shared/builds'
import { composeLabels } from '../../shared/compose'
import { withoutUserInfo } from '../lib'
import type { SshLink } from '../ssh'
import { callBuildKit } from './grpc'
import { BuildProgress, type SolveStatus } from './progress'
import { ProtobufMessage } from './protobuf'

/** A `BuildHistoryRequest` with `ActiveOnly`. */
const activeOnly = Buffer.from([0x08, 0x01])
/** The longest wait for the steps of a build, in milliseconds. */
const stepsMs = 60_000
/** Compose gives its images the labels of their project. */
const projectAttribute = `label:${composeLabels.project}`
/** The code of gRPC for a call that its client has cancelled. */
const cancelledCode = 1

/** What BuildKit reports when a build begins, ends or is forgotten. Times are the machine's, in milliseconds. */
export interface HistoryEvent {
  type: 'started' | 'ended' | 'deleted'
  ref: string
  /** The first tag of the image. Empty if it has none. */
  tag: string
  /** The folder or URL of the build, as far as BuildKit knows it. Else empty. */
  folder: string
  /** The compose project for which compose builds the image. Else empty. */
  project: string
  /** True if the client asks for hints, for example. Nothing is built then. */
  isQuestion: boolean
  startedAt: number
  endedAt: number | null
  isCancelled: boolean
  /** Why the build failed. Empty if it did not. */
  message: string
}

const types = ['started', 'ended', 'deleted'] as const

/**
 * Calls `onEvent` whenever a build begins or ends, also a build of another program. BuildKit reports this over gRPC.
 * First come the builds that run already. A message that cannot be parsed is skipped. Resolves when the stream has
 * ended.
 * @throws as {@link callBuildKit}
 */
export function followHistory(
  link: Pick<SshLink, 'openUnixSocket'>,
  onEvent: (event: HistoryEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  return callBuildKit(link, {
    method: '/moby.buildkit.v1.Control/ListenBuildHistory',
    request: activeOnly,
    onMessage: (message) => {
      const event = readHistoryEvent(message)
      if (event !== undefined) onEvent(event)
    },
    signal,
  })
}

function readHistoryEvent(bytes: Buffer): HistoryEvent | undefined {
  try {
    return parseHistoryEvent(bytes)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * Reads the steps of a build that has ended. After some time, returns those that have arrived.
 * @throws as {@link callBuildKit}
 */
export async function readSteps(
  link: Pick<SshLink, 'openUnixSocket'>,
  ref: string,
): Promise<readonly BuildStep[]> {
  const name = Buffer.from(ref)
  const progress = new BuildProgress()
  await callBuildKit(link, {
    method: '/moby.buildkit.v1.Control/Status',
    // A `StatusRequest` with the build's reference, which has at most 127 bytes.
    request: Buffer.concat([Buffer.from([0x0a, name.length]), name]),
    onMessage: (message) => {
      progress.take(parseStatusResponse(message))
    },
    signal: AbortSignal.timeout(stepsMs),
  })
  return progress.steps
}

/**
 * Parses a `BuildHistoryEvent` (github.com/moby/buildkit, api/services/control/control.proto). Undefined if BuildKit
 * reports something else.
 * @throws RangeError if the bytes are no such message
 */
export function parseHistoryEvent(bytes: Buffer): HistoryEvent | undefined {
  const event = new ProtobufMessage(bytes)
  const type = types[event.number(1)]
  const record = event.message(2)
  const ref = record?.text(1) ?? ''
  const startedAt = record?.time(6) ?? null
  if (type === undefined || record === undefined || !/^[\w-]{1,64}$/.test(ref) || startedAt === null)
    return undefined
  const attributes = record.map(3)
  const tags = record.messages(4).flatMap((exporter) => (exporter.map(2).get('name') ?? '').split(','))
  const error = record.message(5)
  return {
    type,
    ref,
    tag: tags.find((tag) => tag !== '') ?? '',
    folder: folderName(attributes),
    project: attributes.get(projectAttribute) ?? '',
    isQuestion: attributes.has('requestid'),
    startedAt,
    endedAt: record.time(7),
    isCancelled: error?.number(1) === cancelledCode,
    message: error?.text(2) ?? '',
  }
}

/**
 * Parses the steps of a `StatusResponse`.
 * @throws RangeError if the bytes are no such message
 */
export function parseStatusResponse(bytes: Buffer): SolveStatus {
  return {
    vertexes: new ProtobufMessage(bytes).messages(1).map((vertex) => ({
      digest: vertex.text(1),
      inputs: vertex.texts(2),
      name: vertex.text(3),
      cached: vertex.number(4) === 1,
      started: vertex.time(5),
      completed: vertex.time(6),
      error: vertex.text(7),
    })),
  }
}

/** What buildx has told BuildKit of the folder. It is a URL if the folder is a repository. */
function folderName(attributes: ReadonlyMap<string, string>): string {
  const names = ['build-arg:BUILDKIT_BUILD_NAME', 'context', 'vcs:source', 'vcs:localdir:context']
  return withoutUserInfo(names.map((name) => attributes.get(name) ?? '').find((name) => name !== '') ?? '')
}
