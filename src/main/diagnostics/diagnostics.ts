import type { CheckResult, ServiceFix } from '../../shared/diagnostics'
import type { DockerAccess } from '../docker-cli'
import type { Logger } from '../host'
import { supportBundle, type BundleContext } from './bundle/bundle'
import type { Check } from './check'
import { accelerator } from './checks/accelerator'
import { clock } from './checks/clock'
import { context } from './checks/context'
import { credentials } from './checks/credentials'
import { dataDisk } from './checks/data-disk'
import { dns } from './checks/dns'
import { folders } from './checks/folders'
import { image } from './checks/image'
import { otherDocker } from './checks/other-docker'
import { ports } from './checks/ports'
import { proxy } from './checks/proxy'
import { qemu } from './checks/qemu'
import { registry } from './checks/registry'
import { size } from './checks/size'
import { space } from './checks/space'
import { applyFix, type FixContext } from './fixes'
import { runChecks } from './run-checks'

const checks: readonly Check[] = [
  accelerator,
  qemu,
  image,
  dataDisk,
  space,
  size,
  clock,
  dns,
  proxy,
  registry,
  ports,
  context,
  credentials,
  folders,
  otherDocker,
]

export interface DiagnosticsOptions extends BundleContext, FixContext {
  log: Logger
  machine: BundleContext['machine'] & FixContext['machine']
  dns: BundleContext['dns'] & FixContext['dns']
  link: BundleContext['link']
  dockerAccess: FixContext['dockerAccess'] & Pick<DockerAccess, 'recheck'>
}

/** Finds problems of the machine and of its surroundings, fixes them on request, and packs the support bundle. */
export class Diagnostics {
  readonly #options: DiagnosticsOptions

  constructor(options: DiagnosticsOptions) {
    this.#options = options
  }

  /** Runs every check. Yields each result as soon as its check has ended, in any order. */
  async *run(signal: AbortSignal): AsyncGenerator<CheckResult, void> {
    // The user may have solved a problem of the docker context since the last run.
    await this.#options.dockerAccess.recheck()
    yield* runChecks(checks, this.#options, this.#options.log, signal)
  }

  /** Runs every check and packs the support bundle: a tar.gz without secrets. */
  async bundle(signal: AbortSignal): Promise<Buffer> {
    const results: CheckResult[] = []
    for await (const result of this.run(signal)) results.push(result)
    return supportBundle(this.#options, results)
  }

  /**
   * Applies the fix that a finding offers.
   * @throws BerthError the codes of the service that applies the fix
   */
  fix(action: ServiceFix): Promise<void> {
    return applyFix(this.#options, action)
  }
}
