export { CredentialHelper, type HelperHost, usualHelpers } from './credential-helper'
export { RegistryLogins } from './registry-logins'
