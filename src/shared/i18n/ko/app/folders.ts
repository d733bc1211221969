import type { folders as en } from '../../en/app/folders'

export const folders: typeof en = {
  title: '공유 폴더',
  change: '변경',
  none: '없음. 컨테이너에서 이 컴퓨터의 폴더를 볼 수 없습니다.',
  writable: '컨테이너에서 읽고 쓸 수 있습니다.',
  readOnly: '컨테이너에서 읽기만 할 수 있습니다.',
  offer: {
    title: '{path}이(가) 공유 폴더 안에 있지 않아 컨테이너가 마운트하지 못했습니다.',
    text: '{folder}을(를) 공유하면, 내가 읽고 바꿀 수 있는 그 안의 모든 파일을 컨테이너도 읽고 바꿀 수 있습니다.',
    share: '이 폴더 공유',
    shared: '이제 컨테이너가 {folder}을(를) 마운트할 수 있습니다',
  },
  hint: {
    title: '컨테이너의 프로그램이 다음 파일의 소유자를 바꿨습니다',
    text: '머신을 다시 시작할 때까지 컨테이너에는 새 소유자가 보입니다. 이 컴퓨터에서 파일의 소유자는 그대로입니다. 데이터베이스는 머신 자체의 디스크에서 더 빠르고 안전합니다. 이런 데이터는 볼륨에 보관하세요.',
  },
}
