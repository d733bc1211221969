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
    todo: 'Add the certificate authority that signed it in the settings, under Registries.',
  },

  'login.refused': {
    what: '{registry} refused the user name or the password.',
    todo: 'Check both. Many registries want an access token in place of the password.',
  },
  'login.unreachable': {
    what: 'The registry {registry} cannot be reached: {reason}',
    todo: 'Check its name, the network and the proxy. One without HTTPS has to be among the insecure registries.',
  },
  'login.untrusted': {
    what: 'The certificate of {registry} is not trusted: {reason}',
    todo: 'Add the certificate authority that signed it in the settings, under Registries.',
  },
  'login.helper-missing': {
    what: '{file} names the credential helper docker-credential-{helper}, which is not on this computer.',
    todo: 'Install it, or take it out of that file. Until then new logins are kept elsewhere.',
  },
  'login.helper-failed': {
    what: 'The credential helper docker-credential-{helper} failed: {reason}',
    todo: 'Unlock or repair the credential store of this computer and try again.',
  },
  'login.file-broken': {
    what: 'The logins in {file} cannot be read.',
    todo: 'Remove the file and log in again. Berth has left it as it was.',
  },
  'login.file-unwritable': {
    what: 'The login could not be saved to {file}: {reason}.',
    todo: 'Check the folder’s permissions and the free disk space, then try again.',
  },
  'login.foreign': {
    what: 'The login to {registry} was made with the docker command line and stands in {file}.',
    todo: 'Run `docker logout {registry}` to end it.',
  },
} satisfies Partial<ErrorTexts>
