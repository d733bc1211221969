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
import { dockerToolsSchema } from './docker-tools'
import { engineEventSchema } from './engine'
import { berthErrorSchema } from './errors'
import { imageReferenceSchema } from './image-reference'
import { machineStateSchema } from './machine'
import { mountsStateSchema } from './mounts'
import { networkPortSchema } from './ports'
import { certificateSchema, loginRequestSchema, loginsSchema, registryNameSchema } from './registries'
import { settingsPatchSchema, settingsStateSchema } from './settings'
import { sessionEventSchema, sessionInfoSchema, sessionTargetSchema, terminalSizeSchema } from './sessions'

/** Every procedure fails, if at all, with one BERTH error that carries a code (see `errors`). */
const procedure = oc.errors({ BERTH: { data: berthErrorSchema } })

const containerId = z.object({ id: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/) })
const sessionId = z.object({ sessionId: z.uuid() })
const uploadId = z.object({ uploadId: z.uuid() })
const nothing = z.void()

/** Bytes of an upload's piece; the WebSocket carrier refuses messages much above it. */
export const uploadPieceBytes = 256 * 1024

/** UTF-16 code units of one write; six bytes each at worst, so that it fits into a WebSocket message. */
export const terminalWriteUnits = 100_000

export const appInfoSchema = z.object({
  version: z.string(),
  host: z.enum(['electron', 'headless']),
  platform: z.enum(['darwin', 'win32', 'linux']),
})
export type AppInfo = z.infer<typeof appInfoSchema>

export const contract = {
  app: {
    info: procedure.output(appInfoSchema),
    /** Stops the machine cleanly, then ends Berth. */
    quit: procedure.output(nothing),
  },
  machine: {
    /** The state now, then every change of it. */
    watch: procedure.output(eventIterator(machineStateSchema)),
    start: procedure.output(nothing),
    stop: procedure.output(nothing),
    /** At the next start: the guest image before the newest, or the newest again. */
    useImage: procedure.input(z.object({ which: z.enum(['previous', 'newest']) })).output(nothing),
    /** The last lines of the serial console. */
    console: procedure.output(z.array(z.string())),
  },
  settings: {
    /** All settings now, then again after every change. */
    watch: procedure.output(eventIterator(settingsStateSchema)),
    /** Each section that is named replaces the whole section. */
    update: procedure.input(settingsPatchSchema).output(nothing),
    /** Restarts what has to be, for all settings to hold. */
    apply: procedure.output(nothing),
    /** The daemon.json that dockerd gets, without passwords. */
    daemonFile: procedure.output(z.string()),
    /** The user has seen that the file that was found is not used. */
    dismissProblem: procedure.output(nothing),
    /** Starts the machine once as if the user had set no daemon.json. */
    startWithoutDaemonFile: procedure.output(nothing),
  },
  mounts: {
    /** The shared folders as the machine has them, now and after every change. */
    watch: procedure.output(eventIterator(mountsStateSchema)),
  },
  registries: {
    /** Reads every certificate of a PEM text. */
    certificates: procedure
      .input(z.object({ pem: z.string().max(1_000_000) }))
      .output(z.array(certificateSchema)),
    /** The logins that pulls use, wherever they are kept; never a password. */
    logins: procedure.output(loginsSchema),
    /** Tries the login at the registry, and keeps it when it is right. */
    logIn: procedure.input(loginRequestSchema).output(nothing),
    logOut: procedure.input(z.object({ registry: registryNameSchema })).output(nothing),
  },
  docker: {
    /** How the host's own docker tools reach the engine, now, after every change, and when config.json changes. */
    watch: procedure.output(eventIterator(dockerToolsSchema)),
    /** Looks again at what other programs may have changed. */
    recheck: procedure.output(nothing),
  },
  engine: {
    watch: procedure.output(eventIterator(engineEventSchema)),
  },
  containers: {
    run: procedure.input(runRequestSchema).output(z.object({ id: z.string() })),
    start: procedure.input(containerId).output(nothing),
    /** SIGTERM, `graceSeconds` (10 when absent), then SIGKILL. */
    stop: procedure
      .input(containerId.extend({ graceSeconds: z.number().int().min(0).max(3600).optional() }))
      .output(nothing),
    kill: procedure.input(containerId).output(nothing),
    restart: procedure.input(containerId).output(nothing),
    /** `volumes` removes its anonymous volumes too; a running one needs `force`. */
    remove: procedure.input(containerId.extend({ force: z.boolean(), volumes: z.boolean() })).output(nothing),
    /** The engine's own JSON, pretty-printed. */
    inspect: procedure.input(containerId).output(z.string()),
    logs: procedure
      .input(containerId.extend({ tail: z.number().int().min(0).max(100_000) }))
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
    /** Pieces in order, base64; answered once the engine has taken it, which is what paces the sender. */
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
    /** Tries the ports that are not open again; what came of it is in the engine's `forwards`. */
    retry: procedure.output(nothing),
    /** Whether the local network may reach a port, whatever container publishes it. */
    setNetwork: procedure.input(networkPortSchema.extend({ open: z.boolean() })).output(nothing),
    /** This computer's own IPv4 addresses there. */
    networkAddresses: procedure.output(z.array(z.string())),
  },
  disk: {
    /** Asks the engine to work its sizes out: seconds where there is much. */
    usage: procedure.output(diskUsageSchema),
    /** Removes everything of a kind that nothing uses, and gives free space back to the host. */
    reclaim: procedure.input(z.object({ target: reclaimTargetSchema })).output(reclaimResultSchema),
    /** Writes the data disk's file anew, small; the machine is stopped meanwhile. The result comes last. */
    compact: procedure.output(eventIterator(z.union([compactionProgressSchema, compactionResultSchema]))),
  },
  diagnostics: {
    /** Every check once; each result as it is found, in any order. */
    run: procedure.output(eventIterator(checkResultSchema)),
    fix: procedure.input(z.object({ action: serviceFixSchema })).output(nothing),
    /** Starts the machine anew with its image hashed again and its data disk checked whole and repaired. */
    repair: procedure.output(nothing),
    /** Removes the data disk, what was kept of a suspended machine, and the keys, then starts the machine. */
    reset: procedure.input(z.object({ settings: z.boolean() })).output(nothing),
    /** Runs every check, then yields the support bundle, a tar.gz, in pieces of base64. */
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
    /** Replays what the ring buffer holds, then goes on live. `viewId` is the caller's own choice, one per view. */
    attach: procedure.input(sessionId.extend({ viewId: z.uuid() })).output(eventIterator(sessionEventSchema)),
    acknowledge: procedure
      .input(sessionId.extend({ viewId: z.uuid(), units: z.number().int().positive() }))
      .output(nothing),
    /** Ends the session and the process behind it. */
    close: procedure.input(sessionId).output(nothing),
  },
}
export type Contract = typeof contract
