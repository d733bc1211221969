import type { RunRequest } from '../run'
import { completeSpec } from '../run'
import { extraSettings, type ExtraSettings } from './extra-settings'
import { runCommand } from './run-command'
import { commandLine, type LineShell } from './words'

/** An existing container, for a line or a compose file. */
export interface WrittenContainer {
  id: string
  request: RunRequest & { name: string }
  extras: ExtraSettings
}

/** The name that the engine gives to an anonymous volume. */
const anonymousName = /^[0-9a-f]{64}$/

/** The log driver that the engine uses by itself, and writes into every container. */
const usualLogDriver = 'json-file'

/**
 * Prepares an existing container. `editable` is what Berth reads for the form for edit, so the values of the image are
 * already left out. Anonymous volumes become new ones. The labels of compose are left out, because a copy is not a part
 * of the project.
 */
export function writtenContainer(editable: {
  id: string
  request: RunRequest & { name: string }
  body: string
}): WrittenContainer {
  const spec = completeSpec(editable.request)
  const extras = extraSettings(editable.body)
  // Neither the CLI nor compose puts a container into the engine's own network and into others.
  const others = spec.networks.filter(({ network }) => network !== 'bridge')
  const missing = others.length > 0 && others.length < spec.networks.length ? ['network bridge'] : []
  const usesUsualLog = spec.logging.driver === usualLogDriver && spec.logging.options.length === 0
  return {
    id: editable.id,
    request: {
      ...spec,
      name: editable.request.name,
      volumes: spec.volumes.map((row) => (anonymousName.test(row.volume) ? { ...row, volume: '' } : row)),
      labels: spec.labels.filter(({ name }) => !name.startsWith('com.docker.compose.')),
      networks: missing.length === 0 ? spec.networks : others,
      logging: usesUsualLog ? { driver: '', options: [] } : spec.logging,
    },
    extras: {
      ...extras,
      missingInRun: [...missing, ...extras.missingInRun],
      missingInCompose: [...missing, ...extras.missingInCompose],
    },
  }
}

/** The `docker run` line that makes the same container. */
export function containerLine({ request, extras }: WrittenContainer, shell: LineShell = 'posix'): string {
  return commandLine(runCommand(request, { extras: extras.flags }), shell)
}
