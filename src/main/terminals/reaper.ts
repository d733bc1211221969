import { BerthError } from '../../shared/errors'
import type { Logger } from '../host'
import type { Emits } from '../lib'
import type { SshLink } from '../ssh'

/** Identifies a terminal's processes in the machine: by the shell's session id, or by a mark in their environment. */
export type TerminalProcesses = { sessionId: number } | { mark: string }

/** The environment variable with the mark. Its name begins with LC_, because sshd accepts such names (AcceptEnv). */
export const markVariable = 'LC_BERTH_TERMINAL'

/** The part of the SSH link that the reaper uses. */
export type ReaperLink = Pick<SshLink, 'exec'> & Pick<Emits<'up'>, 'on'>

/**
 * Ends the processes of closed terminals. Closing a stream is not enough: an exec keeps running after its connection
 * has ended, and a shell's background jobs keep running after the shell. If the link is down, the reaper waits until
 * the link is up again.
 */
export class Reaper {
  readonly #pending = new Set<TerminalProcesses>()

  readonly #link: ReaperLink
  readonly #log: Logger

  constructor(link: ReaperLink, log: Logger) {
    this.#link = link
    this.#log = log
    link.on('up', () => {
      for (const processes of this.#pending) void this.end(processes)
    })
  }

  /**
   * Resolves when the processes have ended, or when the attempt has failed. If the link stays down for too long, the
   * attempt fails, and the reaper repeats it when the link is up again. Never rejects.
   */
  async end(processes: TerminalProcesses): Promise<void> {
    this.#pending.add(processes)
    try {
      const { code, stderr } = await this.#link.exec(endScript(processes))
      if (code !== 0) this.#log.warn({ processes, stderr }, 'could not end the processes of a terminal')
      this.#pending.delete(processes)
    } catch (error) {
      if (!(error instanceof BerthError) || error.code !== 'machine.connection-lost')
        this.#pending.delete(processes)
      this.#log.info({ processes, err: error }, 'cannot end the processes of a terminal now')
    }
  }

  /**
   * Whether the shell of a session still runs.
   * @throws BerthError machine.connection-lost, machine.not-running
   */
  async isRunning(sessionId: number): Promise<boolean> {
    return (await this.#link.exec(`kill -0 ${sessionId}`)).code === 0
  }

  /**
   * The name of the program in the foreground of a terminal. Undefined if it is the shell itself.
   * @param shell The shell's process id, if it is not the leader of the session.
   * @throws BerthError machine.connection-lost, machine.not-running
   */
  async program(processes: TerminalProcesses, shell?: number): Promise<string | undefined> {
    const { stdout } = await this.#link.exec(programScript(processes, shell))
    const [name] = stdout.split('\n')
    return name === '' ? undefined : name
  }

  /** Forgets all pending processes. Call this when the machine has stopped. */
  forget(): void {
    this.#pending.clear()
  }
}

/**
 * The script for the machine's sh (busybox) with procps' pgrep. It ends the shell last, because the shell reaps its
 * children, and in most containers no other process does. Each process first gets SIGHUP, as from a closed terminal. It
 * also gets SIGCONT, because a stopped process would not handle SIGHUP. After a second the process is killed. Zombies
 * do not count.
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

/**
 * The script that prints the name of a terminal's foreground program. In /proc/PID/stat, the sixth field after the name
 * in parentheses is the id of the terminal's foreground job. The shell's own job has the shell's process id.
 */
function programScript(processes: TerminalProcesses, shell?: number): string {
  return `
    ${leaders(processes)} | sort -u | while read leader; do
      shell=${shell ?? '$leader'}
      job=$(sed 's/.*) //' /proc/$leader/stat | cut -d' ' -f6)
      [ "$job" -le 0 ] || [ "$job" -eq "$shell" ] || cat "/proc/$job/comm"
    done 2>/dev/null`
}

/** A command that prints the session ids. In /proc/PID/stat, this is the fourth field after the name in parentheses. */
function leaders(processes: TerminalProcesses): string {
  if ('sessionId' in processes) return `echo ${processes.sessionId}`
  return `grep -ls '${markVariable}=${processes.mark}' /proc/[0-9]*/environ | while read file; do
      sed 's/.*) //' "\${file%environ}stat" | cut -d' ' -f4
    done`
}
