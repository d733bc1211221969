import { readCertificates } from '../configuration/check'
import { implementer } from './implementer'

export function registriesRouter() {
  return implementer.registries.router({
    certificates: implementer.registries.certificates.handler(({ input }) => readCertificates(input.pem)),
  })
}
