import type { ErrorTexts } from '../../texts'

export const registries = {
  'registry.unreachable': {
    what: 'The registry for {image} cannot be reached: {reason}',
    todo: 'Check the network connection and the registry’s name.',
  },
  'registry.denied': {
    what: 'The registry refused access to {image}.',
    todo: 'Check the name. If the image is private, log in to the registry.',
  },
  'registry.no-such-image': {
    what: 'The registry has no image {image}.',
    todo: 'Check the name and the tag.',
  },
  'registry.untrusted': {
    what: 'The certificate of the registry for {image} is not trusted: {reason}',
    todo: 'In the settings, under Registries, add the certificate authority that signed it.',
  },

  'login.refused': {
    what: '{registry} refused the user name or the password.',
    todo: 'Check both. Many registries require an access token instead of the password.',
  },
  'login.unreachable': {
    what: 'The registry {registry} cannot be reached: {reason}',
    todo: 'Check its name, the network and the proxy. A registry without HTTPS must be listed under insecure registries.',
  },
  'login.untrusted': {
    what: 'The certificate of {registry} is not trusted: {reason}',
    todo: 'In the settings, under Registries, add the certificate authority that signed it.',
  },
  'login.helper-missing': {
    what: '{file} names the credential helper docker-credential-{helper}, which is not installed on this computer.',
    todo: 'Install it, or remove it from that file. Until then, Berth stores new logins elsewhere.',
  },
  'login.helper-failed': {
    what: 'The credential helper docker-credential-{helper} failed: {reason}',
    todo: 'Unlock or repair this computer’s credential store, then try again.',
  },
  'login.file-broken': {
    what: 'The logins in {file} cannot be read.',
    todo: 'Remove the file and log in again. Berth has not changed the file.',
  },
  'login.file-unwritable': {
    what: 'The login could not be saved to {file}: {reason}.',
    todo: 'Check the folder’s permissions and the free disk space, then try again.',
  },
  'login.foreign': {
    what: 'The login to {registry} was made with the Docker CLI and is stored in {file}.',
    todo: 'Run `docker logout {registry}` to log out.',
  },
} satisfies Partial<ErrorTexts>
