/** The numbers of signals that are the same on every architecture of the machine: signal(7). */
const signals = new Map([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [4, 'SIGILL'],
  [5, 'SIGTRAP'],
  [6, 'SIGABRT'],
  [7, 'SIGBUS'],
  [8, 'SIGFPE'],
  [9, 'SIGKILL'],
  [10, 'SIGUSR1'],
  [11, 'SIGSEGV'],
  [12, 'SIGUSR2'],
  [13, 'SIGPIPE'],
  [14, 'SIGALRM'],
  [15, 'SIGTERM'],
])

export type ExitReason =
  | {
      kind:
        'success' | 'outOfMemory' | 'notStarted' | 'notExecutable' | 'notFound' | 'killed' | 'asked' | 'lost'
    }
  | { kind: 'crashed' | 'signal'; signal: string }
  | { kind: 'code'; code: number }

/** The signals of a program that has made an error. */
const crashes = new Set(['SIGILL', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGTRAP'])

/**
 * Says why a container has ended. A shell and the engine report a signal as 128 + its number. 125 to 127 are the codes
 * of `docker run` and of shells for a program that could not be started.
 */
export function exitReason(code: number, outOfMemory: boolean): ExitReason {
  if (outOfMemory && code !== 0) return { kind: 'outOfMemory' }
  const signal = signals.get(code - 128)
  switch (true) {
    case code === 0:
      return { kind: 'success' }
    case code === 125:
      return { kind: 'notStarted' }
    case code === 126:
      return { kind: 'notExecutable' }
    case code === 127:
      return { kind: 'notFound' }
    // The engine uses this code too, for a container that has ended while the engine did not run.
    case code === 255:
      return { kind: 'lost' }
    case signal === 'SIGKILL':
      return { kind: 'killed' }
    case signal === 'SIGTERM' || signal === 'SIGINT':
      return { kind: 'asked' }
    case signal !== undefined:
      return { kind: crashes.has(signal) ? 'crashed' : 'signal', signal }
    default:
      return { kind: 'code', code }
  }
}
