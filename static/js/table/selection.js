// The user's text selection.

export function isSelectedWithin(element) {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(element);
}

// Runs a change of texts, and restores the selection where it still is.
export function keepingSelection(change) {
  const { anchorNode, anchorOffset, focusNode, focusOffset, isCollapsed } = document.getSelection();
  change();
  const selection = document.getSelection();
  if (isCollapsed || !anchorNode.isConnected || !focusNode.isConnected) return;
  if (selection.anchorNode === anchorNode && selection.anchorOffset === anchorOffset &&
      selection.focusNode === focusNode && selection.focusOffset === focusOffset) return;
  selection.setBaseAndExtent(
    anchorNode, within(anchorNode, anchorOffset), focusNode, within(focusNode, focusOffset)
  );
}

function within(node, offset) {
  return Math.min(offset, node.nodeType === Node.TEXT_NODE ? node.length : node.childNodes.length);
}
