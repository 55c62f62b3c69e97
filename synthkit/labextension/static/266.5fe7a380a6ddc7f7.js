"use strict";(self.rspackChunksynthkit_lab=self.rspackChunksynthkit_lab||[]).push([[266],{475(t,e,n){var o=n(601),i=n.n(o),r=n(314),a=(n.n(r))()(i());a.push([t.id,`/* JupyterLab's own variables throughout, so that every theme fits. */

body {
  --synthkit-synthetic: #d55e00;
  --synthkit-healed: #00805d;
}

body[data-jp-theme-light='false'] {
  --synthkit-synthetic: #ee7733;
  --synthkit-healed: #2ec49a;
}

body[data-synthkit-colours='high-contrast'] {
  --synthkit-synthetic: #a03c00;
  --synthkit-healed: #005f43;
}

body[data-jp-theme-light='false'][data-synthkit-colours='high-contrast'] {
  --synthkit-synthetic: #ffab66;
  --synthkit-healed: #66f0c0;
}

/* ---- the outline ------------------------------------------------------------------------ */

.synthkit-Outline {
  display: flex;
  flex-direction: column;
  min-width: 200px;
  overflow: hidden;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
  line-height: 1.4;
}

.synthkit-Header {
  flex: 0 0 auto;
  padding: 12px 12px 10px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.synthkit-Title {
  display: flex;
  align-items: center;
  gap: 8px;
}

.synthkit-Title h2 {
  margin: 0;
  font-size: var(--jp-ui-font-size2);
  font-weight: 600;
}

.synthkit-Title span {
  line-height: 0;
}

.synthkit-Title .synthkit-End {
  line-height: inherit;
}

.synthkit-Meter {
  height: 4px;
  margin: 10px 0;
  overflow: hidden;
  background: var(--jp-layout-color3);
  border-radius: 2px;
}

.synthkit-Meter > div {
  height: 100%;
  background: var(--synthkit-healed);
  border-radius: 2px;
  transition: width 240ms ease-out;
}

button.jp-mod-styled.synthkit-Next {
  width: 100%;
  margin: 0;
  letter-spacing: normal;
  color: var(--jp-ui-inverse-font-color1);
  background: var(--jp-brand-color0);
}

body[data-jp-theme-light='false'] button.jp-mod-styled.synthkit-Next {
  color: #fff;
  background: #1565c0;
}

button.jp-mod-styled.synthkit-Next:hover {
  filter: brightness(1.12);
}

button.jp-mod-styled.synthkit-Next:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: 2px;
}

.synthkit-Note {
  margin: 0;
  padding: 12px;
  color: var(--jp-ui-font-color1);
}

.synthkit-Header .synthkit-Note {
  padding: 8px 0 0;
}

.synthkit-Tree,
.synthkit-Group {
  margin: 0;
  padding: 0;
  list-style: none;
}

.synthkit-Tree {
  flex: 1 1 auto;
  padding: 6px 0 24px;
  overflow-y: auto;
}

.synthkit-Item {
  outline: none;
}

.synthkit-Row {
  display: flex;
  align-items: center;
  gap: 6px;
  min-height: 26px;
  padding-right: 12px;
  border-left: 3px solid transparent;
  cursor: pointer;
  user-select: none;
}

.synthkit-mod-level1 > .synthkit-Row {
  min-height: 32px;
  padding-left: 4px;
}

.synthkit-mod-level2 > .synthkit-Row {
  padding-left: 14px;
}

.synthkit-mod-level3 > .synthkit-Row {
  padding-left: 32px;
}

.synthkit-Row:hover {
  background: var(--jp-layout-color2);
}

.synthkit-mod-level1 > .synthkit-Row.synthkit-mod-current {
  font-weight: 600;
}

.synthkit-mod-level2 > .synthkit-Row.synthkit-mod-current {
  font-weight: 600;
  background: var(--jp-layout-color2);
  border-left-color: var(--jp-brand-color1);
}

.synthkit-Item:focus-visible > .synthkit-Row {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: -2px;
}

.synthkit-Caret {
  display: inline-flex;
  flex: 0 0 16px;
  align-items: center;
  justify-content: center;
  height: 22px;
  line-height: 0;
}

.synthkit-Caret svg {
  display: block;
  width: 16px;
  height: 16px;
}

.synthkit-LessonIcon {
  flex: 0 0 20px;
  line-height: 0;
}

.synthkit-Label {
  flex: 1 1 auto;
  min-width: 0;
  padding: 3px 0;
  line-height: 1.3;
  overflow-wrap: anywhere;
}

.synthkit-Number {
  margin-right: 7px;
  color: var(--jp-ui-font-color2);
  font-variant-numeric: tabular-nums;
  font-weight: 400;
}

.synthkit-End {
  display: inline-flex;
  flex: 0 0 auto;
  align-items: center;
  gap: 6px;
  margin-left: auto;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
  font-variant-numeric: tabular-nums;
  font-weight: 400;
}

.synthkit-Core {
  padding: 0 5px;
  border: 1px solid currentcolor;
  border-radius: 8px;
  font-size: 10px;
  line-height: 14px;
}

.synthkit-Facts {
  padding: 0 12px 6px 53px;
  color: var(--jp-ui-font-color2);
  font-size: var(--jp-ui-font-size0);
}

.synthkit-Breaks {
  color: var(--jp-ui-font-color1);
}

.synthkit-Tick {
  flex: 0 0 15px;
  width: 15px;
  height: 15px;
  fill: none;
  stroke: var(--jp-ui-font-color2);
  stroke-width: 1.5;
  stroke-linecap: round;
  stroke-linejoin: round;
}

.synthkit-Tick.synthkit-mod-done circle {
  fill: var(--synthkit-healed);
  stroke: var(--synthkit-healed);
}

.synthkit-Tick.synthkit-mod-done path {
  stroke: var(--jp-layout-color1);
  stroke-width: 1.8;
}

.synthkit-Tick.synthkit-mod-tried path {
  fill: var(--synthkit-synthetic);
  stroke: none;
}

.synthkit-Tick.synthkit-mod-tried circle {
  stroke: var(--synthkit-synthetic);
}

/* ---- elsewhere -------------------------------------------------------------------------- */

.synthkit-Status {
  display: flex;
  align-items: stretch;
}

.synthkit-StatusButton {
  padding: 0 6px;
  border: none;
  color: inherit;
  background: none;
  font: inherit;
  font-variant-numeric: tabular-nums;
  cursor: pointer;
}

.synthkit-StatusButton:hover {
  background: var(--jp-layout-color3);
}

.synthkit-StatusButton:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: -2px;
}


.synthkit-Help {
  max-width: 72ch;
  margin: 0;
  font-family: var(--jp-ui-font-family);
  line-height: 1.5;
  white-space: pre-wrap;
}

.synthkit-Help.synthkit-mod-code {
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
}

/* A check's record is for the outline: no row, no prompt, no gap in the notebook. */
.jp-OutputArea-child.synthkit-mod-record,
.jp-Cell-outputWrapper:has(.synthkit-mod-record):not(
    :has(.jp-OutputArea-child:not(.synthkit-mod-record))
  ) {
  display: none;
}

.synthkit-AboutTitle {
  display: flex;
  align-items: center;
  gap: 10px;
}

.synthkit-About table {
  border-collapse: collapse;
  line-height: 1.5;
}

.synthkit-About th {
  padding: 1px 20px 1px 0;
  color: var(--jp-ui-font-color2);
  font-weight: 400;
  text-align: left;
  vertical-align: top;
  white-space: nowrap;
}

.synthkit-About td {
  overflow-wrap: anywhere;
}

.synthkit-Spoken {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

body[data-synthkit-motion='reduced'] .synthkit-Meter > div {
  transition: none;
}

@media (prefers-reduced-motion: reduce) {
  .synthkit-Meter > div {
    transition: none;
  }
}

/* ---- larger type for a projector -------------------------------------------------------- */

body[data-synthkit-projector='on'] .jp-Notebook {
  --jp-content-font-size0: 16px;
  --jp-content-font-size1: 20px;
  --jp-content-font-size2: 24px;
  --jp-content-font-size3: 28px;
  --jp-content-font-size4: 34px;
  --jp-content-font-size5: 40px;
  --jp-code-font-size: 19px;
}

body[data-synthkit-projector='on'] .synthkit-Outline {
  --jp-ui-font-size1: 17px;
  --jp-ui-font-size2: 20px;
}
`,""]),n.d(e,{},{A:a})},646(t,e,n){var o=n(601),i=n.n(o),r=n(314),a=n.n(r),s=n(475),l=a()(i());l.i(s.A),l.push([t.id,`
`,""]),n.d(e,{},{A:l})},314(t){t.exports=function(t){var e=[];return e.toString=function(){return this.map(function(e){var n="",o=void 0!==e[5];return e[4]&&(n+="@supports (".concat(e[4],") {")),e[2]&&(n+="@media ".concat(e[2]," {")),o&&(n+="@layer".concat(e[5].length>0?" ".concat(e[5]):""," {")),n+=t(e),o&&(n+="}"),e[2]&&(n+="}"),e[4]&&(n+="}"),n}).join("")},e.i=function(t,n,o,i,r){"string"==typeof t&&(t=[[null,t,void 0]]);var a={};if(o)for(var s=0;s<this.length;s++){var l=this[s][0];null!=l&&(a[l]=!0)}for(var p=0;p<t.length;p++){var h=[].concat(t[p]);o&&a[h[0]]||(void 0!==r&&(void 0===h[5]||(h[1]="@layer".concat(h[5].length>0?" ".concat(h[5]):""," {").concat(h[1],"}")),h[5]=r),n&&(h[2]&&(h[1]="@media ".concat(h[2]," {").concat(h[1],"}")),h[2]=n),i&&(h[4]?(h[1]="@supports (".concat(h[4],") {").concat(h[1],"}"),h[4]=i):h[4]="".concat(i)),e.push(h))}},e}},601(t){t.exports=function(t){return t[1]}},665(t,e,n){n.r(e);var o=n(72),i=n.n(o),r=n(825),a=n.n(r),s=n(659),l=n.n(s),p=n(56),h=n.n(p),d=n(540),c=n.n(d),u=n(113),y=n.n(u),f=n(646),k={};k.styleTagTransform=y(),k.setAttributes=h(),k.insert=l().bind(null,"head"),k.domAPI=a(),k.insertStyleElement=c(),i()(f.A,k);let v=f.A&&f.A.locals?f.A.locals:void 0;n.d(e,{},{default:v})},72(t){var e=[];function n(t){for(var n=-1,o=0;o<e.length;o++)if(e[o].identifier===t){n=o;break}return n}function o(t,o){for(var i={},r=[],a=0;a<t.length;a++){var s=t[a],l=o.base?s[0]+o.base:s[0],p=i[l]||0,h="".concat(l," ").concat(p);i[l]=p+1;var d=n(h),c={css:s[1],media:s[2],sourceMap:s[3],supports:s[4],layer:s[5]};if(-1!==d)e[d].references++,e[d].updater(c);else{var u=function(t,e){var n=e.domAPI(e);return n.update(t),function(e){e?(e.css!==t.css||e.media!==t.media||e.sourceMap!==t.sourceMap||e.supports!==t.supports||e.layer!==t.layer)&&n.update(t=e):n.remove()}}(c,o);o.byIndex=a,e.splice(a,0,{identifier:h,updater:u,references:1})}r.push(h)}return r}t.exports=function(t,i){var r=o(t=t||[],i=i||{});return function(t){t=t||[];for(var a=0;a<r.length;a++){var s=n(r[a]);e[s].references--}for(var l=o(t,i),p=0;p<r.length;p++){var h=n(r[p]);0===e[h].references&&(e[h].updater(),e.splice(h,1))}r=l}}},659(t){var e={};t.exports=function(t,n){var o=function(t){if(void 0===e[t]){var n=document.querySelector(t);if(window.HTMLIFrameElement&&n instanceof window.HTMLIFrameElement)try{n=n.contentDocument.head}catch(t){n=null}e[t]=n}return e[t]}(t);if(!o)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");o.appendChild(n)}},540(t){t.exports=function(t){var e=document.createElement("style");return t.setAttributes(e,t.attributes),t.insert(e,t.options),e}},56(t,e,n){t.exports=function(t){var e=n.nc;e&&t.setAttribute("nonce",e)}},825(t){t.exports=function(t){if("u"<typeof document)return{update:function(){},remove:function(){}};var e=t.insertStyleElement(t);return{update:function(n){var o,i,r;o="",n.supports&&(o+="@supports (".concat(n.supports,") {")),n.media&&(o+="@media ".concat(n.media," {")),(i=void 0!==n.layer)&&(o+="@layer".concat(n.layer.length>0?" ".concat(n.layer):""," {")),o+=n.css,i&&(o+="}"),n.media&&(o+="}"),n.supports&&(o+="}"),(r=n.sourceMap)&&"u">typeof btoa&&(o+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(r))))," */")),t.styleTagTransform(o,e,t.options)},remove:function(){var t;null===(t=e).parentNode||t.parentNode.removeChild(t)}}}},113(t){t.exports=function(t,e){if(e.styleSheet)e.styleSheet.cssText=t;else{for(;e.firstChild;)e.removeChild(e.firstChild);e.appendChild(document.createTextNode(t))}}}}]);