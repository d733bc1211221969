import { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import { fromWorkerSchema, type ToWorker, type WorkerData } from '../file-server'
import { message as reasonOf } from '../lib'

export type StartThread = (data: WorkerData) => Worker

type Question = Extract<ToWorker, { request: number }>
type WithoutNumber<T> = T extends unknown ? Omit<T, 'request'> : never

interface PendingRequest {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

interface ThreadEvents {
  mounted: [errno: number]
  'foreign-owner': [path: string, shareId: string]
  gone: []
  closed: [reason: string]
  /** The thread sent an invalid message. The app ignores the message. */
  'invalid-message': [reason: string]
  crash: [error: Error]
}

/** scripts/build.mjs puts the worker into the same folder as the bundle that contains this file. */
const startBundled: StartThread = (workerData) =>
  new Worker(new URL('file-server-worker.js', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: 2_048 },
  })

/** The app's interface to the file server's thread. Starts the thread on first use, and again after a crash. */
export class FileServerThread extends EventEmitter<ThreadEvents> {
  readonly #start: () => Worker
  #worker: Worker | undefined
  #lastRequest = 0
  readonly #pending = new Map<number, PendingRequest>()

  constructor(data: WorkerData, start: StartThread = startBundled) {
    super()
    this.#start = () => start(data)
  }

  send(message: ToWorker): void {
    this.#running().postMessage(message)
  }

  /** @throws Error with the thread's own reason, or with the reason why the thread ended */
  ask(question: WithoutNumber<Question>): Promise<unknown> {
    const request = ++this.#lastRequest
    return new Promise((resolve, reject) => {
      const worker = this.#running()
      this.#pending.set(request, { resolve, reject })
      // An idle thread does not keep the app alive, but a pending request does.
      worker.ref()
      worker.postMessage({ ...question, request })
    })
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#rejectAll(new Error('shared folders are switched off'))
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
      const error = new Error(`the thread that serves shared folders ended: ${reasonOf(cause)}`, { cause })
      this.#rejectAll(error)
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
      this.emit('invalid-message', error.message)
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

  #settle(request: number): PendingRequest | undefined {
    const pending = this.#pending.get(request)
    this.#pending.delete(request)
    if (this.#pending.size === 0) this.#worker?.unref()
    return pending
  }

  #rejectAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }
}
