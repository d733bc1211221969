import type { MachinePhase } from '../../shared/machine'

/** The words of the menus and the tray; the page has its own catalogue. */
export interface HostTexts {
  /** The machine, in each of its phases. */
  machine: Record<MachinePhase, string>
  start: string
  stop: string
  edit: string
  view: string
  window: string
  file: string
  close: string
  quit: string
  undo: string
  redo: string
  cut: string
  copy: string
  paste: string
  selectAll: string
  actualSize: string
  zoomIn: string
  zoomOut: string
  fullScreen: string
  minimize: string
  about: string
  services: string
  hide: string
  hideOthers: string
  showAll: string
  zoom: string
  front: string
  open: string
}

const english: HostTexts = {
  machine: {
    stopped: 'Machine stopped',
    preparing: 'Machine preparing',
    booting: 'Machine booting',
    connecting: 'Machine connecting',
    engine: 'Engine starting',
    resuming: 'Machine resuming',
    running: 'Machine running',
    paused: 'Machine paused',
    suspending: 'Machine suspending',
    stopping: 'Machine stopping',
    failed: 'Machine failed',
  },
  start: 'Start Machine',
  stop: 'Stop Machine',
  edit: 'Edit',
  view: 'View',
  window: 'Window',
  file: 'File',
  close: 'Close Window',
  quit: 'Quit Berth',
  undo: 'Undo',
  redo: 'Redo',
  cut: 'Cut',
  copy: 'Copy',
  paste: 'Paste',
  selectAll: 'Select All',
  actualSize: 'Actual Size',
  zoomIn: 'Zoom In',
  zoomOut: 'Zoom Out',
  fullScreen: 'Toggle Full Screen',
  minimize: 'Minimize',
  about: 'About Berth',
  services: 'Services',
  hide: 'Hide Berth',
  hideOthers: 'Hide Others',
  showAll: 'Show All',
  zoom: 'Zoom',
  front: 'Bring All to Front',
  open: 'Open Berth',
}

const korean: HostTexts = {
  machine: {
    stopped: '머신 중지됨',
    preparing: '머신 준비 중',
    booting: '머신 부팅 중',
    connecting: '머신에 연결 중',
    engine: '엔진 시작 중',
    resuming: '머신을 이어서 실행하는 중',
    running: '머신 실행 중',
    paused: '머신 일시 정지됨',
    suspending: '머신 상태를 저장하는 중',
    stopping: '머신을 중지하는 중',
    failed: '머신 실행 실패',
  },
  start: '머신 시작',
  stop: '머신 중지',
  edit: '편집',
  view: '보기',
  window: '윈도우',
  file: '파일',
  close: '윈도우 닫기',
  quit: 'Berth 종료',
  undo: '실행 취소',
  redo: '다시 실행',
  cut: '잘라내기',
  copy: '복사',
  paste: '붙여넣기',
  selectAll: '모두 선택',
  actualSize: '실제 크기',
  zoomIn: '확대',
  zoomOut: '축소',
  fullScreen: '전체 화면 전환',
  minimize: '최소화',
  about: 'Berth에 관하여',
  services: '서비스',
  hide: 'Berth 가리기',
  hideOthers: '기타 가리기',
  showAll: '모두 보기',
  zoom: '확대/축소',
  front: '모두 앞으로 가져오기',
  open: 'Berth 열기',
}

/** @param locale a BCP 47 tag, as `app.getLocale()` gives it */
export function isKorean(locale: string): boolean {
  return /^ko\b/i.test(locale)
}

/** The texts in the user's language: Korean, or else English. */
export function hostTexts(locale: string): HostTexts {
  return isKorean(locale) ? korean : english
}
