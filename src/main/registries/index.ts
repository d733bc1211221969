export { CredentialHelper, type HelperHost, usualHelpers } from './credential-helper'
export { ImageCatalogue } from './image-catalogue'
export { RegistryLogins } from './registry-logins'
