import type { terminal as en } from '../../en/app/terminal'

export const terminal: typeof en = {
  label: '{name} 터미널',
  machine: '머신',
  host: '이 컴퓨터',
  opening: '셸을 여는 중 …',
  ended: '셸이 종료되었습니다 (종료 코드 {code}).',
  endedUnknown: '셸이 종료되었습니다.',
  again: '새 셸',
  ownWindow: '새 창에서 열기',
  notRunning: '셸을 열려면 컨테이너가 실행 중이어야 합니다.',
  paused: '컨테이너가 일시 중지되어 있습니다. 셸을 열려면 실행 중이어야 합니다.',
  restarting: '컨테이너가 다시 시작하는 중입니다. 셸을 열려면 실행 중이어야 합니다.',
  escapeHint: 'Ctrl+Shift+Esc를 누르면 키보드 포커스가 터미널 밖으로 이동합니다',
  truncated: '이전 출력은 표시되지 않습니다.',
}
