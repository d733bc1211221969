import { readCertificates } from '../configuration'
import { implementer } from './implementer'
import type { ApiServices } from './services'

export function registriesRouter({ logins }: Pick<ApiServices, 'logins'>) {
  return implementer.registries.router({
    certificates: implementer.registries.certificates.handler(({ input }) => readCertificates(input.pem)),
    logins: implementer.registries.logins.handler(() => logins.list()),
    logIn: implementer.registries.logIn.handler(({ input }) => logins.logIn(input)),
    logOut: implementer.registries.logOut.handler(({ input: { registry } }) => logins.logOut(registry)),
  })
}
