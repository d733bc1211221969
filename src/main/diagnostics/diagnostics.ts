import type { CheckResult, ServiceFix } from '../../shared/diagnostics'
import { BerthError } from '../../shared/errors'
import type { Settings, SettingsPatch } from '../../shared/settings'
import type { Logger } from '../host'
import { findGuestImage, wantNewImage } from '../guest-image'
import type { MachineDns } from '../network'
import type { SshLink } from '../ssh'
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
import { replaceCredentialStore } from './fixes'
import { runChecks } from './run-checks'
import { usedImage } from './used-image'

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

export interface DiagnosticsServices extends BundleContext {
  log: Logger
  machine: BundleContext['machine'] & {
    start(): Promise<void>
    stop(): Promise<void>
    useImage(which: 'previous' | 'newest'): Promise<void>
    /** Sets the guest's clock by the host's. */
    hostWoke(): void
  }
  dns: BundleContext['dns'] & Pick<MachineDns, 'serve'>
  link: BundleContext['link'] & Pick<SshLink, 'exec'>
  /** All leave what went wrong in `tools`. */
  dockerHost: BundleContext['dockerHost'] & {
    keepContext(wish: Settings['docker']): Promise<void>
    makeContextCurrent(): Promise<void>
    recheck(): Promise<void>
  }
  updateSettings: (patch: SettingsPatch) => Promise<void>
}

/** What may be wrong with the machine and around it, and what can be put right with one click. */
export class Diagnostics {
  readonly #services: DiagnosticsServices

  constructor(services: DiagnosticsServices) {
    this.#services = services
  }

  /** Runs every check; results come as they are found, in any order. */
  async *run(signal: AbortSignal): AsyncGenerator<CheckResult, void> {
    // What was in the docker context's way may be gone since.
    await this.#services.dockerHost.recheck()
    yield* runChecks(checks, this.#services, this.#services.log, signal)
  }

  /** Runs every check, then packs what somebody who is to help has to know, as a tar.gz without secrets. */
  async bundle(signal: AbortSignal): Promise<Buffer> {
    const results: CheckResult[] = []
    for await (const result of this.run(signal)) results.push(result)
    return supportBundle(this.#services, results)
  }

  /** Does what a finding offers. Rejects with what the service refuses. */
  async fix(action: ServiceFix): Promise<void> {
    const { paths, machine, dns, link, settings, dockerHost, updateSettings, env, platform } = this.#services
    switch (action) {
      case 'start-machine':
        return machine.start()
      case 'restart-machine':
        await machine.stop()
        return machine.start()
      case 'set-clock':
        machine.hostWoke()
        return
      case 'fetch-image': {
        const damaged = await findUsedFolder(this.#services)
        await machine.stop()
        if (damaged !== undefined) await wantNewImage(paths, damaged)
        return machine.start()
      }
      case 'use-other-image': {
        const { next, newest } = (await usedImage(this.#services))?.chosen.image ?? {}
        await machine.useImage(next === newest ? 'previous' : 'newest')
        await machine.stop()
        return machine.start()
      }
      case 'serve-dns':
        return dns.serve(link)
      case 'create-context':
        await updateSettings({ docker: { ...settings().docker, context: true } })
        await dockerHost.keepContext(settings().docker)
        this.#assertContext()
        return
      case 'use-context':
        await updateSettings({ docker: { context: true, useContext: true } })
        await dockerHost.makeContextCurrent()
        this.#assertContext()
        return
      case 'replace-credential-store':
        return replaceCredentialStore({ env, platform })
    }
  }

  #assertContext(): void {
    const { contextProblem } = this.#services.dockerHost.tools
    if (contextProblem !== undefined) throw BerthError.fromData(contextProblem)
  }
}

/** Also of an image whose manifest cannot be read. */
function findUsedFolder(services: DiagnosticsServices): Promise<string | undefined> {
  return usedImage(services).then(
    (used) => used?.folder,
    () => findGuestImage(services.paths, services.arch),
  )
}
