import { BerthError } from '../../shared/errors'
import type { Logger } from '../host'

/** A terminal's processes in the machine: by the session id of its shell, or by a mark in their environment. */
export type TerminalProcesses = { sessionId: number } | { mark: string }

/** The environment variable of a marked shell. sshd takes LC_ names over from the client (AcceptEnv). */
export const markVariable = 'LC_BERTH_TERMINAL'

/** What the reaper needs of the SSH link. */
export interface ReaperLink {
  exec(command: string): Promise<{ code: number; stderr: string }>
  on(event: 'up', listener: () => void): unknown
}

/**
 * Ends the processes of closed terminals. An exec outlives the connection that started it, and a shell's background
 * jobs outlive the shell, so closing a stream is not enough. When the connection is down, the work is done as soon
 * as it is back.
 */
export class Reaper {
  readonly #pending = new Set<TerminalProcesses>()

  constructor(
    private readonly link: ReaperLink,
    private readonly log: Logger,
  ) {
    link.on('up', () => {
      for (const processes of this.#pending) void this.end(processes)
    })
  }

  /** Resolves when they have ended, or when that has to wait for the connection. */
  async end(processes: TerminalProcesses): Promise<void> {
    this.#pending.add(processes)
    try {
      const { code, stderr } = await this.link.exec(endScript(processes))
      if (code !== 0) this.log.warn({ processes, stderr }, 'the processes of a terminal could not be ended')
      this.#pending.delete(processes)
    } catch (error) {
      if (!(error instanceof BerthError) || error.code !== 'machine.connection-lost')
        this.#pending.delete(processes)
      this.log.info({ processes, err: error }, 'the processes of a terminal cannot be ended now')
    }
  }

  /** Forgets what is left: the machine has stopped, and its process ids mean nothing any more. */
  forget(): void {
    this.#pending.clear()
  }
}

/**
 * For the machine's sh (busybox) with procps' pgrep. The shell goes last, so that it still reaps its children: in
 * most containers nobody else would. Each is asked first (SIGHUP, as from a terminal that is closed; SIGCONT,
 * because a stopped one would not notice) and given a second. Zombies do not count, they are over.
 */
function endScript(processes: TerminalProcesses): string {
  return `
    alive() { pgrep -r D,R,S,T,t -s $leader; }
    others() { alive | grep -vx $leader; }
    self() { alive | grep -x $leader; }
    finish() {
      pids=$($1); [ -n "$pids" ] || return
      kill -HUP $pids; kill -CONT $pids
      tries=0
      while pids=$($1); [ -n "$pids" ]; do
        if [ $tries -eq 20 ]; then kill -KILL $pids; fi
        if [ $tries -eq 40 ]; then return; fi
        tries=$((tries + 1)); sleep 0.05
      done
    } 2>/dev/null
    ${leaders(processes)} | sort -u | {
      while read leader; do finish others; finish self; [ -z "$(alive)" ] || left="$left $(alive)"; done
      [ -z "$left" ] || { echo "left: $left" >&2; exit 1; }
    }`
}

/** Prints the session ids; in /proc/PID/stat it is the fourth field after the name, which may hold spaces. */
function leaders(processes: TerminalProcesses): string {
  if ('sessionId' in processes) return `echo ${processes.sessionId}`
  return `grep -ls '${markVariable}=${processes.mark}' /proc/[0-9]*/environ | while read file; do
      sed 's/.*) //' "\${file%environ}stat" | cut -d' ' -f4
    done`
}
