import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { dockerToolsSchema } from '../docker-cli'
import { imageSuggestionsSchema } from '../image-suggestions'
import { mountsStateSchema } from '../mounts'
import { certificateSchema, loginRequestSchema, loginsSchema, registryNameSchema } from '../registries'
import { settingsPatchSchema, settingsStateSchema } from '../settings'
import { nothing, procedure } from './procedure'

export const settings = {
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
}

export const mounts = {
  /** Sends the shared folders and their state in the machine, now and after every change. */
  watch: procedure.output(eventIterator(mountsStateSchema)),
}

export const registries = {
  /** Reads every certificate in a PEM text. */
  certificates: procedure
    .input(z.object({ pem: z.string().max(1_000_000) }))
    .output(z.array(certificateSchema)),
  /** Returns the logins that pulls use, from every store. A login never includes its password. */
  logins: procedure.output(loginsSchema),
  /** Tries the login at the registry, and stores it if the registry accepts it. */
  logIn: procedure.input(loginRequestSchema).output(nothing),
  /** Suggests images of the known registries that a typed text could become. */
  suggest: procedure.input(z.object({ typed: z.string().max(400) })).output(imageSuggestionsSchema),
  logOut: procedure.input(z.object({ registry: registryNameSchema })).output(nothing),
}

export const docker = {
  /** Sends how the docker tools reach the engine, now and after every change. A change of config.json counts too. */
  watch: procedure.output(eventIterator(dockerToolsSchema)),
  /** Reads the docker context again. If its last change failed, tries this change again. */
  recheck: procedure.output(nothing),
}
