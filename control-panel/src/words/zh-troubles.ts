/** The box speaks English; what it says often is known here by its code. An unknown code keeps the box's own sentence. */
const reasons: Readonly<Record<string, string>> = {
  not_claimed: '主机尚未启用，请联系 IT。',
  disk_low: '录像磁盘空间不足，请联系 IT。',
  edge_unreachable: '暂时连不上云端。仍可上课：课堂会录制，稍后自动上传。',
  campus_unreachable: '暂时连不上校园服务。仍可上课，稍后自动同步。',
};

export function reasonInChinese(code: string, message: string): string {
  return reasons[code] ?? message;
}

export function sourceAdviceInChinese(kind: string, trouble: string, name: string, advice: string): string {
  if (trouble === 'lost' || trouble === 'absent') {
    return kind === 'microphone' ? `收不到“${name}”的声音，请检查电源和连线。` : `收不到“${name}”的画面，请检查电源和连线。`;
  }
  switch (trouble) {
    case 'black':
      return `“${name}”的画面全黑，请检查镜头盖或信号源。`;
    case 'frozen':
      return `“${name}”的画面停住了。`;
    case 'silent':
      return `“${name}”没有声音，请检查麦克风是否打开。`;
    case 'clipping':
      return `“${name}”音量过大，请离麦克风远一点或调低音量。`;
    default:
      return advice;
  }
}
