import type { ErrorTexts } from '../../texts'

export const ports = {
  'port.taken': {
    what: 'Port {port}/{protocol} on {address} is already in use by {owner}.',
    todo: 'Choose another port, or stop what uses it.',
  },
  'port.range-taken': {
    what: 'Every port of {first}-{last}/{protocol} on {address} is already in use, {port} by {owner}.',
    todo: 'Choose another range, or stop what uses one of them.',
  },
  'port.address': {
    what: '{address} is not an address of this computer: port {port}/{protocol} cannot be opened there.',
    todo: 'Publish it on an address of this computer, on 0.0.0.0 for all of them, or without one for localhost.',
  },
  'port.udp-ipv6': {
    what: 'UDP port {port} cannot be published on the IPv6 address {address} alone.',
    todo: 'Publish it without an address: it then answers on 127.0.0.1 and on ::1.',
  },
  'port.sctp': {
    what: 'Port {port} is not open on this computer: SCTP cannot be forwarded into the machine.',
    todo: 'Use it from other containers, or publish TCP or UDP.',
  },
  'port.forward-failed': {
    what: 'Port {port}/{protocol} on {address} could not be opened: {reason}.',
    todo: 'Choose another port or address.',
  },
  'port.privileged': {
    what: 'This user may not open port {port}: ports below 1024 are reserved here.',
    todo: 'Choose a port from 1024 up.',
  },
  'port.reserved': {
    what: 'Windows has set port {port}/{protocol} aside for itself.',
    todo: 'Choose another port. `netsh interface ipv4 show excludedportrange {protocol}` lists those set aside.',
  },
} satisfies Partial<ErrorTexts>
