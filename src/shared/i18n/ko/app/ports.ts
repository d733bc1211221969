import type { ports as en } from '../../en/app/ports'

export const ports: typeof en = {
  column: {
    address: '이 컴퓨터의 주소',
    state: '상태',
    container: '컨테이너',
    port: '컨테이너 포트',
    protocol: '프로토콜',
    network: '내 네트워크에 열기',
  },
  table: '게시된 포트',
  search: '포트 검색',
  retry: '다시 시도',
  state: {
    open: '열림',
    failed: '열리지 않음',
    waiting: '여는 중',
    closed: '컨테이너 중지됨',
  },
  notOpen: '열리지 않음: {reason}',
  localOnly: '이 컴퓨터에서만 열림: {reason}',
  takenBy: '사용 중인 프로그램: {owner}',
  noAddress: '이 컴퓨터에 없는 주소입니다',
  notCarried: '이 프로토콜은 전달할 수 없습니다',
  openInBrowser: '브라우저에서 열기',
  copyAddress: '주소 복사',
  switch: '{port} 포트를 내 네트워크에 열기',
  asked: '컨테이너가 요청했습니다',
  never: '이 컴퓨터에서만 쓰는 주소입니다',
  confirmTitle: '{port} 포트를 내 네트워크에 열까요?',
  confirmText:
    '이 컴퓨터가 연결된 네트워크의 모든 기기가 Berth 비밀번호 없이 이 포트를 쓸 수 있게 됩니다. 어떤 컨테이너가 이 포트를 쓰든 스위치를 끌 때까지 열려 있습니다.',
  confirmAddresses: '접속할 수 있는 주소:',
  confirmNone: '지금은 이 컴퓨터가 네트워크에 연결되어 있지 않습니다.',
  confirm: '내 네트워크에 열기',
  reachable: '다른 컴퓨터에서 접속할 수 있는 주소: {addresses}',
  emptyTitle: '게시된 포트가 없습니다',
  emptyText:
    '실행 중인 컨테이너가 게시한 포트는 이 컴퓨터에서 열립니다. 컨테이너를 실행할 때 추가하거나 Docker CLI로 게시하세요.',
}
