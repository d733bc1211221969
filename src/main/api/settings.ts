import { readCertificates } from '../configuration'
import { refuseInUse } from '../mounts'
import { type ApiServices, implementer } from './implementer'
import { watching } from './streams'

const { settings, docker, mounts, registries } = implementer

export function settingsRouter({ configuration, info, state, ...services }: ApiServices) {
  return settings.router({
    watch: settings.watch.handler(watching(configuration, 'change', () => configuration.state)),
    update: settings.update.handler(async ({ input }) => {
      if (input.sharedFolders) {
        await services.mounts.validateFolders(input.sharedFolders)
        const { sharedFolders } = configuration.state.settings
        refuseInUse(sharedFolders, input.sharedFolders, state.containers.values(), info.platform)
      }
      return configuration.update(input)
    }),
    apply: settings.apply.handler(() => configuration.apply()),
    daemonFile: settings.daemonFile.handler(() => configuration.daemonText()),
    dismissProblem: settings.dismissProblem.handler(() => {
      configuration.dismissProblem()
    }),
    startWithoutDaemonFile: settings.startWithoutDaemonFile.handler(() => configuration.startWithoutDaemon()),
  })
}

export function mountsRouter(services: ApiServices) {
  return mounts.router({
    watch: mounts.watch.handler(watching(services.mounts, 'change', () => services.mounts.state)),
  })
}

export function dockerRouter({ dockerAccess }: ApiServices) {
  return docker.router({
    watch: docker.watch.handler(watching(dockerAccess, 'change', () => dockerAccess.tools)),
    recheck: docker.recheck.handler(() => dockerAccess.recheck()),
  })
}

export function registriesRouter({ logins, catalogue }: ApiServices) {
  return registries.router({
    certificates: registries.certificates.handler(({ input }) => readCertificates(input.pem)),
    logins: registries.logins.handler(() => logins.list()),
    logIn: registries.logIn.handler(async ({ input }) => {
      await logins.logIn(input)
      catalogue.forget()
    }),
    logOut: registries.logOut.handler(async ({ input }) => {
      await logins.logOut(input.registry)
      catalogue.forget()
    }),
    suggest: registries.suggest.handler(({ input }) => catalogue.suggest(input.typed)),
  })
}
