import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { objectNameSchema, runRequestSchema } from './containers'
import { checkResultSchema, serviceFixSchema } from './diagnostics'
import {
  compactionProgressSchema,
  compactionResultSchema,
  diskUsageSchema,
  reclaimResultSchema,
  reclaimTargetSchema,
} from './disk'
import { dockerToolsSchema } from './docker-cli'
import { engineEventSchema } from './engine'
import { berthErrorSchema } from './errors'
import { imageReferenceSchema } from './images'
import { machineStateSchema } from './machine'
import { mountsStateSchema } from './mounts'
import { platforms } from './platform'
import { networkPortSchema } from './ports'
import { certificateSchema, loginRequestSchema, loginsSchema, registryNameSchema } from './registries'
import { settingsPatchSchema, settingsStateSchema } from './settings'
import {
  logPositionSchema,
  sessionEventSchema,
  sessionInfoSchema,
  sessionTargetSchema,
  terminalSizeSchema,
} from './sessions'

/** If a procedure fails, it always fails with the error BERTH, which contains a code (see `errors`). */
const procedure = oc.errors({ BERTH: { data: berthErrorSchema } })

const containerId = z.object({ id: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/) })
const sessionId = z.object({ sessionId: z.uuid() })
const uploadId = z.object({ uploadId: z.uuid() })
const nothing = z.void()

/** The most UTF-16 code units in one write. Even if each takes six bytes, the write fits into a WebSocket message. */
export const terminalWriteUnits = 100_000

export const appInfoSchema = z.object({
  version: z.string(),
  host: z.enum(['electron', 'headless']),
  platform: z.enum(platforms),
})
export type AppInfo = z.infer<typeof appInfoSchema>

export const contract = {
  app: {
    info: procedure.output(appInfoSchema),
    /** Suspends or stops the machine, then quits Berth. */
    quit: procedure.output(nothing),
  },
  machine: {
    /** Sends the machine state, now and after every change. */
    watch: procedure.output(eventIterator(machineStateSchema)),
    start: procedure.output(nothing),
    stop: procedure.output(nothing),
    /** Chooses the guest image for the next start: the previous one, or the newest one again. */
    useImage: procedure.input(z.object({ which: z.enum(['previous', 'newest']) })).output(nothing),
    /** Returns the last lines of the serial console. */
    console: procedure.output(z.array(z.string())),
  },
  settings: {
    /** Sends all settings, now and after every change. */
    watch: procedure.output(eventIterator(settingsStateSchema)),
    /** Each section in the patch replaces the whole stored section. */
    update: procedure.input(settingsPatchSchema).output(nothing),
    /** Restarts the machine or the engine, so that all settings take effect. */
    apply: procedure.output(nothing),
    /** Returns the daemon.json that dockerd gets at its next start, without passwords. */
    daemonFile: procedure.output(z.string()),
    /** Removes the message that settings.json could not be used. */
    dismissProblem: procedure.output(nothing),
    /** Starts the machine once without the user's daemon.json. */
    startWithoutDaemonFile: procedure.output(nothing),
  },
  mounts: {
    /** Sends the shared folders and their state in the machine, now and after every change. */
    watch: procedure.output(eventIterator(mountsStateSchema)),
  },
  registries: {
    /** Reads every certificate in a PEM text. */
    certificates: procedure
      .input(z.object({ pem: z.string().max(1_000_000) }))
      .output(z.array(certificateSchema)),
    /** Returns the logins that pulls use, from every store. A login never includes its password. */
    logins: procedure.output(loginsSchema),
    /** Tries the login at the registry, and stores it if the registry accepts it. */
    logIn: procedure.input(loginRequestSchema).output(nothing),
    logOut: procedure.input(z.object({ registry: registryNameSchema })).output(nothing),
  },
  docker: {
    /** Sends how the docker tools reach the engine, now and after every change. A change of config.json counts too. */
    watch: procedure.output(eventIterator(dockerToolsSchema)),
    /** Reads the docker context again. If its last change failed, tries this change again. */
    recheck: procedure.output(nothing),
  },
  engine: {
    watch: procedure.output(eventIterator(engineEventSchema)),
  },
  containers: {
    run: procedure.input(runRequestSchema).output(z.object({ id: z.string() })),
    start: procedure.input(containerId).output(nothing),
    /** Sends the container's stop signal (default: SIGTERM). After `graceSeconds` (default: 10), sends SIGKILL. */
    stop: procedure
      .input(containerId.extend({ graceSeconds: z.number().int().min(0).max(3600).optional() }))
      .output(nothing),
    kill: procedure.input(containerId).output(nothing),
    /** Freezes every process of the container. */
    pause: procedure.input(containerId).output(nothing),
    unpause: procedure.input(containerId).output(nothing),
    restart: procedure.input(containerId).output(nothing),
    /**
     * Removes a container. `volumes` also removes its anonymous volumes. An active container (`isActive`) needs
     * `force`.
     */
    remove: procedure.input(containerId.extend({ force: z.boolean(), volumes: z.boolean() })).output(nothing),
    /** Returns the engine's own JSON, pretty-printed. */
    inspect: procedure.input(containerId).output(z.string()),
    /**
     * Begins after the message at position `after`. Without `after`, begins with the last `tail` lines. Ends when the
     * container stops.
     */
    logs: procedure
      .input(
        containerId.extend({
          tail: z.number().int().min(0).max(100_000),
          after: logPositionSchema.optional(),
        }),
      )
      .output(sessionInfoSchema),
  },
  images: {
    pull: procedure.input(z.object({ reference: imageReferenceSchema })).output(sessionInfoSchema),
    remove: procedure.input(z.object({ image: z.string().min(1), force: z.boolean() })).output(nothing),
    importOpen: procedure
      .input(
        z.object({
          reference: imageReferenceSchema,
          fileName: z.string(),
          bytes: z.number().int().nonnegative(),
        }),
      )
      .output(uploadId),
    /** Sends one piece as base64. Replies when the engine is ready for another piece, so that the sender waits. */
    importPiece: procedure.input(uploadId.extend({ piece: z.base64() })).output(nothing),
    importFinish: procedure.input(uploadId).output(z.object({ id: z.string() })),
    importAbort: procedure.input(uploadId).output(nothing),
  },
  volumes: {
    create: procedure.input(z.object({ name: objectNameSchema })).output(nothing),
    remove: procedure.input(z.object({ name: objectNameSchema })).output(nothing),
    /** Removes every volume that no container uses. */
    prune: procedure.output(z.object({ removed: z.array(z.string()), bytes: z.number() })),
  },
  ports: {
    /** Tries again to open the ports that are not open. `engine.watch` sends the result as `forwards`. */
    retry: procedure.output(nothing),
    /** Opens a port to the local network or closes it. This applies to every container that publishes the port. */
    setNetwork: procedure.input(networkPortSchema.extend({ open: z.boolean() })).output(nothing),
    /** Returns the host's IPv4 addresses in the local network. */
    networkAddresses: procedure.output(z.array(z.string())),
  },
  disk: {
    /** Makes the engine calculate the sizes of its objects, which can take seconds. */
    usage: procedure.output(diskUsageSchema),
    /** Removes all unused objects of a kind, and returns the free space to the host. */
    reclaim: procedure.input(z.object({ target: reclaimTargetSchema })).output(reclaimResultSchema),
    /** Stops the machine and rewrites the disk file without its unused parts. The last event is the result. */
    compact: procedure.output(eventIterator(z.union([compactionProgressSchema, compactionResultSchema]))),
  },
  diagnostics: {
    /** Runs every check once. Sends each result as soon as its check has ended, in any order. */
    run: procedure.output(eventIterator(checkResultSchema)),
    fix: procedure.input(z.object({ action: serviceFixSchema })).output(nothing),
    /** Restarts the machine, and verifies its guest image and its whole data disk. Repairs the disk. */
    repair: procedure.output(nothing),
    /** Factory reset: removes the data disk, the suspended machine and the keys, then starts the machine. */
    reset: procedure.input(z.object({ settings: z.boolean() })).output(nothing),
    /** Runs every check, then sends the support bundle, a tar.gz file, in pieces of base64. */
    bundle: procedure.output(eventIterator(z.object({ piece: z.base64() }))),
  },
  terminals: {
    open: procedure
      .input(z.object({ target: sessionTargetSchema, size: terminalSizeSchema }))
      .output(sessionInfoSchema),
    write: procedure.input(sessionId.extend({ text: z.string().max(terminalWriteUnits) })).output(nothing),
    resize: procedure.input(sessionId.extend({ size: terminalSizeSchema })).output(nothing),
  },
  sessions: {
    list: procedure.output(z.array(sessionInfoSchema)),
    /** Sends the replay buffer, then the live events. The caller chooses a different `viewId` for each view. */
    attach: procedure.input(sessionId.extend({ viewId: z.uuid() })).output(eventIterator(sessionEventSchema)),
    acknowledge: procedure
      .input(sessionId.extend({ viewId: z.uuid(), units: z.number().int().positive() }))
      .output(nothing),
    /** Ends the session and its process. */
    close: procedure.input(sessionId).output(nothing),
  },
}
export type Contract = typeof contract
