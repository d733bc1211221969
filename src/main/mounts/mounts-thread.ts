import { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import { fromWorkerSchema, type ToWorker, type WorkerData } from '../file-server'

export type StartThread = (data: WorkerData) => Worker

type Question = Extract<ToWorker, { request: number }>
type WithoutNumber<T> = T extends unknown ? Omit<T, 'request'> : never

interface Asked {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

interface ThreadEvents {
  mounted: [errno: number]
  'foreign-owner': [path: string, shareId: string]
  gone: []
  closed: [reason: string]
  /** The thread has sent what is no message; it is ignored. */
  nonsense: [reason: string]
  crash: [error: Error]
}

/** Beside this file in a bundle: scripts/build.mjs puts it there. */
const startBundled: StartThread = (workerData) =>
  new Worker(new URL('mounts-worker.js', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: 2_048 },
  })

/** The thread that serves files, started when it is needed and started anew when it ends by mistake. */
export class MountsThread extends EventEmitter<ThreadEvents> {
  readonly #start: () => Worker
  #worker: Worker | undefined
  #request = 0
  readonly #asked = new Map<number, Asked>()

  constructor(data: WorkerData, start: StartThread = startBundled) {
    super()
    this.#start = () => start(data)
  }

  send(message: ToWorker): void {
    this.#running().postMessage(message)
  }

  /** Rejects with the thread's own reason. */
  ask(question: WithoutNumber<Question>): Promise<unknown> {
    const request = ++this.#request
    return new Promise((resolve, reject) => {
      const worker = this.#running()
      this.#asked.set(request, { resolve, reject })
      // Alone it does not keep the app alive, but somebody waits now.
      worker.ref()
      worker.postMessage({ ...question, request })
    })
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#failAll(new Error('shared folders are switched off'))
    await worker?.terminate()
  }

  #running(): Worker {
    if (this.#worker) return this.#worker
    const worker = this.#start()
    this.#worker = worker
    worker.on('message', (data: unknown) => {
      this.#onMessage(data)
    })
    const ended = (cause: unknown) => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      const reason = cause instanceof Error ? cause.message : String(cause)
      const error = new Error(`the thread that serves shared folders ended: ${reason}`, { cause })
      this.#failAll(error)
      this.emit('crash', error)
    }
    worker.on('error', ended)
    worker.on('exit', (code) => {
      ended(new Error(`exit code ${code}`))
    })
    worker.unref()
    return worker
  }

  #onMessage(data: unknown): void {
    const { data: message, error } = fromWorkerSchema.safeParse(data)
    if (!message) {
      this.emit('nonsense', error.message)
      return
    }
    switch (message.type) {
      case 'answer':
        this.#settle(message.request)?.resolve(message.value)
        return
      case 'failure':
        this.#settle(message.request)?.reject(new Error(message.reason))
        return
      case 'mounted':
        this.emit('mounted', message.errno)
        return
      case 'foreign-owner':
        this.emit('foreign-owner', message.path, message.shareId)
        return
      case 'gone':
        this.emit('gone')
        return
      case 'closed':
        this.emit('closed', message.reason)
    }
  }

  #settle(request: number): Asked | undefined {
    const asked = this.#asked.get(request)
    this.#asked.delete(request)
    if (this.#asked.size === 0) this.#worker?.unref()
    return asked
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#asked.values()) reject(error)
    this.#asked.clear()
  }
}
