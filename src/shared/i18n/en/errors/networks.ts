import type { ErrorTexts } from '../../texts'

export const networks = {
  'network.not-found': {
    what: 'There is no network {network}.',
    todo: 'It may have been removed. Check the list of networks.',
  },
  'network.name-taken': {
    what: 'A network named {network} already exists.',
    todo: 'Choose another name.',
  },
  'network.overlaps': {
    what: 'The subnet {subnet} overlaps with the network {other}.',
    todo: 'Choose another subnet, or leave it empty so that the engine chooses a free one.',
  },
  'network.overlaps-machine': {
    what: 'The subnet {subnet} overlaps with {machine}, which the machine itself uses.',
    todo: 'Choose another subnet, or leave it empty so that the engine chooses a free one.',
  },
  'network.pool-overlaps': {
    what: 'A subnet of the new network overlaps with another network.',
    todo: 'Choose another subnet, or leave it empty so that the engine chooses a free one.',
  },
  'network.no-subnet-left': {
    what: 'The engine has no free subnet left for a new network.',
    todo: 'Remove networks that you no longer need, or enter a subnet yourself.',
  },
  'network.in-use': {
    what: 'The network {network} is used by {containers}.',
    todo: 'Disconnect or stop these containers first.',
  },
  'network.predefined': {
    what: 'The network {network} is part of the engine and cannot be removed.',
    todo: 'Nothing needs to be done. It uses no resources.',
  },
  'network.already-connected': {
    what: 'The container {container} is already connected to the network {network}.',
    todo: 'To change its aliases or its address, disconnect it first.',
  },
  'network.not-connected': {
    what: 'The container {container} is not connected to the network {network}.',
    todo: 'It may have been disconnected. Check the page of the network.',
  },
  'network.address-taken': {
    what: 'Another container in the network {network} already has this address.',
    todo: 'Choose another address, or leave it empty so that the engine chooses a free one.',
  },
  'network.address-outside': {
    what: 'The network {network} has no subnet that was entered by hand and contains this address.',
    todo: 'Choose an address in a subnet of the network, or leave it empty. In a subnet that the engine chose, addresses cannot be fixed.',
  },
  'network.mode-excludes': {
    what: 'The container {container} cannot be connected or disconnected: it uses the network of the machine or of another container, or none.',
    todo: 'Create the container again with a network of its own.',
  },
  'network.try-failed': {
    what: 'Berth could not enter the network of {container}.',
    todo: 'It may just have ended. Check that it runs, then try again.',
  },
} satisfies Partial<ErrorTexts>
