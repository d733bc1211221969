import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { z } from 'zod'
import { readLines } from '../lib'

const greetingSchema = z.object({
  QMP: z.object({
    version: z.object({ qemu: z.object({ major: z.number(), minor: z.number(), micro: z.number() }) }),
  }),
})
const replySchema = z.union([
  z.object({ return: z.unknown(), id: z.number() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.number() }),
])
const eventSchema = z.object({ event: z.string(), data: z.record(z.string(), z.unknown()).optional() })

export interface QmpEvent {
  name: string
  data: Record<string, unknown>
}

/** QEMU refused a command. `message` is QMP's description. */
export class QmpError extends Error {
  override readonly name = 'QmpError'
  /** QMP's error class. */
  readonly errorClass: string

  constructor(errorClass: string, description: string) {
    super(description)
    this.errorClass = errorClass
  }
}

interface Pending {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

/** QEMU's control connection (QEMU, docs/interop/qmp-spec). `close` is emitted once, after the connection has ended. */
export class QmpClient extends EventEmitter<{ event: [QmpEvent]; close: [] }> {
  readonly #socket: Socket
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #closed = false
  #greeted: ((error?: Error) => void) | undefined
  readonly #early: QmpEvent[] = []

  private constructor(socket: Socket) {
    super()
    this.#socket = socket
    readLines(socket, (line) => {
      this.#onLine(line)
    })
    // After an error, Node always emits `close` too, and the next listener handles that.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      this.#onClose()
    })
    if (socket.destroyed) this.#onClose()
  }

  /**
   * Waits for QEMU's greeting and enters the command mode.
   * @throws Error if the connection ends before that; QmpError if QEMU refuses the command mode
   */
  static async connect(socket: Socket): Promise<QmpClient> {
    const client = new QmpClient(socket)
    await new Promise<void>((resolve, reject) => {
      client.#greeted = (error) => {
        if (error) reject(error)
        else resolve()
      }
      if (client.#closed) reject(closedError())
    })
    await client.execute('qmp_capabilities')
    return client
  }

  /**
   * Runs a command.
   * @throws QmpError if QEMU refuses the command; Error if the connection ends
   */
  execute(command: string, commandArguments?: Record<string, unknown>): Promise<unknown> {
    if (this.#closed) return Promise.reject(closedError())
    const id = this.#nextId
    this.#nextId += 1
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: commandArguments, id })}\n`)
    })
  }

  /**
   * Runs a command of the human monitor and returns its output. The output also contains the command's errors.
   * @throws as {@link QmpClient.execute}
   */
  async humanMonitorCommand(line: string): Promise<string> {
    return z.string().parse(await this.execute('human-monitor-command', { 'command-line': line }))
  }

  /** The events that arrived before there was a listener, for example together with the reply that `connect` awaits. */
  takeEarlyEvents(): QmpEvent[] {
    return this.#early.splice(0)
  }

  /** Ends the connection. Commands without a reply fail. QEMU continues to run. */
  close(): void {
    this.#socket.destroy()
  }

  #onLine(line: string): void {
    let message: unknown
    try {
      message = JSON.parse(line)
    } catch {
      this.#socket.destroy()
      return
    }
    const reply = replySchema.safeParse(message)
    if (reply.success) {
      this.#onReply(reply.data)
      return
    }
    const event = eventSchema.safeParse(message)
    if (event.success) {
      const { event: name, data = {} } = event.data
      if (!this.emit('event', { name, data })) this.#early.push({ name, data })
      return
    }
    if (greetingSchema.safeParse(message).success) this.#greeted?.()
    // The peer is not QEMU.
    else this.#socket.destroy()
  }

  #onReply(reply: z.infer<typeof replySchema>): void {
    const pending = this.#pending.get(reply.id)
    this.#pending.delete(reply.id)
    if ('error' in reply) pending?.reject(new QmpError(reply.error.class, reply.error.desc))
    else pending?.resolve(reply.return)
  }

  #onClose(): void {
    this.#closed = true
    this.#greeted?.(closedError())
    for (const pending of this.#pending.values()) pending.reject(closedError())
    this.#pending.clear()
    this.emit('close')
  }
}

function closedError(): Error {
  return new Error('QEMU closed its control connection')
}
