import type { ErrorTexts } from '../../texts'

export const ports = {
  'port.taken': {
    what: 'Port {port}/{protocol} on {address} is already in use by {owner}.',
    todo: 'Choose another port, or stop the program or container that uses it.',
  },
  'port.range-taken': {
    what: 'All ports of {first}-{last}/{protocol} on {address} are already in use. Port {port} is used by {owner}.',
    todo: 'Choose another range, or free one of its ports.',
  },
  'port.address': {
    what: '{address} is not an address of this computer, so port {port}/{protocol} cannot be opened there.',
    todo: 'Use an address of this computer, 0.0.0.0 for all of its addresses, or no address for localhost only.',
  },
  'port.sctp': {
    what: 'Port {port} is not open on this computer: SCTP cannot be forwarded to the machine.',
    todo: 'Use it from other containers, or publish a TCP or UDP port.',
  },
  'port.forward-failed': {
    what: 'Port {port}/{protocol} on {address} could not be opened: {reason}.',
    todo: 'Choose another port or address.',
  },
  'port.privileged': {
    what: 'You do not have permission to open port {port}: ports below 1024 are reserved on this computer.',
    todo: 'Choose port 1024 or higher.',
  },
  'port.reserved': {
    what: 'Windows has reserved port {port}/{protocol}.',
    todo: 'Choose another port. `netsh interface ipv4 show excludedportrange {protocol}` lists the reserved ports.',
  },
} satisfies Partial<ErrorTexts>
