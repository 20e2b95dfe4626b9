#nullable enable
using System;
using System.Collections.Generic;
using UnityEngine;

namespace Dreambridge
{
    public sealed partial class DreamView
    {
        /// <summary>The stream that paints; when null, the one on the same GameObject.</summary>
        public DreamStream? stream
        {
            get => _stream;
            set
            {
                if (ReferenceEquals(_stream, value)) return;
                Leave();
                _stream = value;
            }
        }

        /// <summary>The camera of the view, when it is drawn from the scene; null = the main camera.</summary>
        public Camera? viewCamera { get => _camera; set => _camera = value; }

        /// <summary>The label of objects that have none; "none" leaves them out.</summary>
        public string unlabelled
        {
            get => _unlabelled;
            set
            {
                _unlabelled = value;
                Relabel();
            }
        }

        /// <summary>The label of the background.</summary>
        public string background { get => _background; set => _background = value; }

        /// <summary>The label of grass and other details of terrains, of which the first that the palette has counts; "none" leaves them out.</summary>
        public string details
        {
            get => _details;
            set
            {
                _details = value;
                _palette = null;
                Relabel();
            }
        }

        /// <summary>The distance from the camera, in metres, at which depth is 1.</summary>
        public float far { get => _far; set => _far = value; }

        /// <summary>Send depth too, when the view is drawn from the scene and the bundle takes it.</summary>
        public bool sendDepth { get => _sendDepth; set => _sendDepth = value; }

        /// <summary>Send the game's own colours as well, with normals and motion, as far as the bundle takes them, when the view is drawn from the scene.
        /// What has no label is then in the view too, unless its label is "none". A bundle that needs colours gets them in any case.</summary>
        public bool ownColours { get => _ownColours; set => _ownColours = value; }

        /// <summary>Labels of objects with a tag, or on a layer; call <see cref="Relabel"/> after a change.</summary>
        public IList<DreamLabelRule> rules => _rules;

        /// <summary>Flat colours of the bundle's palette (<see cref="ViewInfo.Palette"/>), upright as any texture; null = drawn from the scene.</summary>
        public Texture? labels { get => _labels; set => _labels = value; }

        /// <summary>Depth, 0 at the camera to 1, packed into r, g, b as <see cref="DreamDepth"/> does, in a texture without sRGB; null = none.</summary>
        public Texture? depth { get => _depth; set => _depth = value; }

        /// <summary>The surfaces' own colours in sRGB, without light and shadow; an alpha below a half: it has none there. Null = none.</summary>
        public Texture? colours { get => _colours; set => _colours = value; }

        /// <summary>Normals, packed into r, g, b as <see cref="ViewLayers.PackNormal"/> does, in a texture without sRGB; null = none.</summary>
        public Texture? normals { get => _normals; set => _normals = value; }

        /// <summary>Motion, packed into r, g, b as <see cref="ViewLayers.PackMotion"/> does, in a texture without sRGB; null = none.</summary>
        public Texture? motion { get => _motion; set => _motion = value; }

        /// <summary>The layers that are sent: those that the bundle takes and this view has, in the order of <see cref="ViewLayers.All"/>.</summary>
        public IReadOnlyList<string> layers => _asks;

        /// <summary>At most so many pictures a second, 1 to 60.</summary>
        public float rate { get => _rate; set => _rate = value; }

        /// <summary>A picture is not written when no more than this share of its pixels (0 to 1) changed since the last one.</summary>
        public float deadBand { get => _deadBand; set => _deadBand = value; }

        /// <summary>Pictures written so far.</summary>
        public long published { get; private set; }

        /// <summary>Renderers and terrains that have a label; 0 when the game draws the pictures.</summary>
        public int labelled => _scene.Count;

        /// <summary>Milliseconds from the tick of the last picture until it was in the ring; -1: none yet.</summary>
        public float travelMs { get; private set; } = -1;

        /// <summary>Milliseconds from the tick of a picture to the tick that shows a frame painted over it; -1: none yet.</summary>
        public float latencyMs { get; private set; } = -1;

        /// <summary>Pictures a second that were written lately.</summary>
        public float publishedRate => _rateMeter.Rate;

        /// <summary>Why nothing is written; null when all is well.</summary>
        public DreamError? lastError { get; private set; }

        /// <summary>The pictures as they are sent, with the top row at v = 0; null before the first one.</summary>
        internal RenderTexture? Picture(string layer) => Array.IndexOf(_asks, layer) is var i && i >= 0 && i < _layers.Length ? _layers[i].Drawn : null;

        /// <summary>Pictures that arrived, written or not.</summary>
        internal long Captured { get; private set; }
    }
}
