// Draws what is seen as numbers: the label's colour, the surface's own colour, packed depth, normal and motion, of which each target gets
// the one that _DreamOrder names. They are bytes that no colour space may change, so all targets are without sRGB. It has no light mode and
// uses its own matrices, so that it draws the same in every render pipeline, also where the pipeline's camera is relative (HDRP).
Shader "Hidden/Dreambridge/Label"
{
    Properties
    {
        _MainTex ("Cut out by the alpha of; the surface's colour", 2D) = "white" {}
        _DreamLabel ("Colour of the label, as bytes / 255; alpha 0: it has none", Vector) = (0, 0, 0, 1)
        _DreamThreshold ("Alpha below which nothing is drawn", Float) = 0
        _DreamPlace ("Scale and offset of the texture", Vector) = (1, 1, 0, 0)
        _DreamTint ("What the texture's colour is multiplied by; alpha 0: it has no colour of its own", Vector) = (1, 1, 1, 1)
        _DreamSprite ("1: a sprite, which has a colour in its vertices and no normals", Float) = 0
        _RendererColor ("Colour of a sprite, which its renderer sets", Vector) = (1, 1, 1, 1)
        _DreamControl ("How much of each layer a terrain has", 2D) = "red" {}
        _DreamLayer0 ("A terrain's layers", 2D) = "white" {}
        _DreamLayer1 ("The second", 2D) = "white" {}
        _DreamLayer2 ("The third", 2D) = "white" {}
        _DreamLayer3 ("The fourth", 2D) = "white" {}
        _DreamTile0 ("Scale and offset of a layer", Vector) = (1, 1, 0, 0)
        _DreamTile1 ("Of the second", Vector) = (1, 1, 0, 0)
        _DreamTile2 ("Of the third", Vector) = (1, 1, 0, 0)
        _DreamTile3 ("Of the fourth", Vector) = (1, 1, 0, 0)
        _Flip ("Flip of a sprite, which its renderer sets", Vector) = (1, 1, 1, 1)
    }
    SubShader
    {
        HLSLINCLUDE
        #include "UnityCG.cginc"

        // The bytes of a view's layers, as bytes / 255 (PROTOCOL.md, part 4).
        // The size of the picture in pixels, and which layer each target gets: 0 label, 1 colour, 2 depth, 3 normal, 4 motion.
        float4 _DreamSize;
        float4 _DreamOrder;
        float _DreamLast;

        struct Numbers
        {
            float4 first : SV_Target0;
            float4 second : SV_Target1;
            float4 third : SV_Target2;
            float4 fourth : SV_Target3;
            float4 fifth : SV_Target4;
        };

        // sRGB, whichever space the project computes in.
        float3 Encoded(float3 c)
        {
            c = saturate(c);
#ifndef UNITY_COLORSPACE_GAMMA
            c = float3(
                c.r <= 0.0031308 ? c.r * 12.92 : 1.055 * pow(c.r, 1.0 / 2.4) - 0.055,
                c.g <= 0.0031308 ? c.g * 12.92 : 1.055 * pow(c.g, 1.0 / 2.4) - 0.055,
                c.b <= 0.0031308 ? c.b * 12.92 : 1.055 * pow(c.b, 1.0 / 2.4) - 0.055);
#endif
            return c;
        }

        // 0 at the camera's plane to 1 at the far distance, in 24 bits: r is the highest byte.
        float4 Depth(float d)
        {
            float n = min(floor(saturate(d) * 16777215.0 + 0.5), 16777215.0);
            float r = floor(n / 65536.0);
            float g = floor((n - r * 65536.0) / 256.0);
            return float4(r, g, n - r * 65536.0 - g * 256.0, 255.0) / 255.0;
        }

        // Of any length; 0: none.
        float4 Normal(float3 n)
        {
            float size = length(n);
            return float4(floor(128.5 + 127.0 * n / max(size, 1e-12)), 255.0) / 255.0;
        }

        // Places in both pictures before the division by w; w <= 0: it was not seen.
        float4 Motion(float3 now, float3 before)
        {
            float2 then = before.xy / max(before.z, 1e-6);
            float2 moved = (now.xy / now.z - then) * 0.5 * _DreamSize.xy;
            // Down, as rows go.
            float2 n = floor(clamp(float2(moved.x, -moved.y), -127.9375, 127.9375) * 16.0 + 0.5) + 2048.0;
            float r = floor(n.x / 16.0);
            float high = floor(n.y / 256.0);
            float4 bytes = float4(r, (n.x - r * 16.0) * 16.0 + high, n.y - high * 256.0, 255.0) / 255.0;
            bool seen = before.z > 0.0 && abs(then.x) <= 1.0 && abs(then.y) <= 1.0;
            return seen ? bytes : float4(0.0, 0.0, 0.0, 1.0);
        }

        float4 Layer(float which, float4 label, float4 colour, float4 depth, float4 normal, float4 motion)
        {
            return which < 0.5 ? label : which < 1.5 ? colour : which < 2.5 ? depth : which < 3.5 ? normal : motion;
        }

        Numbers Layers(float4 label, float4 colour, float4 depth, float4 normal, float4 motion)
        {
            Numbers o;
            o.first = Layer(_DreamOrder.x, label, colour, depth, normal, motion);
            o.second = Layer(_DreamOrder.y, label, colour, depth, normal, motion);
            o.third = Layer(_DreamOrder.z, label, colour, depth, normal, motion);
            o.fourth = Layer(_DreamOrder.w, label, colour, depth, normal, motion);
            o.fifth = Layer(_DreamLast, label, colour, depth, normal, motion);
            return o;
        }

        float4x4 _DreamView;
        float4x4 _DreamViewProjection;
        // Of the camera without the turn of the target; and of the picture before, with the object's own place then.
        float4x4 _DreamNow;
        float4x4 _DreamBefore;
        float4x4 _DreamObjectBefore;
        // -1: it was not in the picture before; 0: it stands; 1: it was at _DreamObjectBefore.
        float _DreamMoved;
        // 1: orthographic.
        float _DreamFlat;
        float _DreamFar;
        sampler2D _MainTex;
        float4 _DreamLabel;
        float _DreamThreshold;
        float4 _DreamPlace;
        float4 _DreamTint;
        float _DreamSprite;
        float4 _RendererColor;
        float4 _Flip;

        struct Surface
        {
            float4 position : POSITION;
            float3 normal : NORMAL;
            float4 colour : COLOR;
            float2 uv : TEXCOORD0;
        };

        struct Varyings
        {
            float4 position : SV_POSITION;
            float2 uv : TEXCOORD0;
            float3 seen : TEXCOORD1;
            float3 normal : TEXCOORD2;
            float3 now : TEXCOORD3;
            float3 before : TEXCOORD4;
            float4 tint : TEXCOORD5;
        };

        Varyings Vertex(Surface v)
        {
            Varyings o;
            float4 local = float4(v.position.xy * _Flip.xy, v.position.z, 1.0);
            float4 world = mul(unity_ObjectToWorld, local);
            o.position = mul(_DreamViewProjection, world);
            o.uv = v.uv * _DreamPlace.xy + _DreamPlace.zw;
            o.seen = mul(_DreamView, world).xyz;
            // By the inverse from the other side, so that a stretched object keeps its normals upright.
            o.normal = _DreamSprite > 0.5 ? float3(0.0, 0.0, 0.0) : mul((float3x3)_DreamView, mul(v.normal, (float3x3)unity_WorldToObject));
            float4 then = _DreamMoved > 0.5 ? mul(_DreamObjectBefore, local) : world;
            o.now = mul(_DreamNow, world).xyw;
            o.before = _DreamMoved < -0.5 ? float3(0.0, 0.0, 0.0) : mul(_DreamBefore, then).xyw;
            o.tint = _DreamSprite > 0.5 ? _DreamTint * v.colour * _RendererColor : _DreamTint;
            return o;
        }

        // A mesh without normals has those of its triangles.
        float4 Facing(Varyings i)
        {
            float3 normal = dot(i.normal, i.normal) > 1e-12 ? i.normal : cross(ddx(i.seen), ddy(i.seen));
            // Towards the camera, which sees both sides.
            float away = _DreamFlat > 0.5 ? -normal.z : dot(normal, i.seen);
            return Normal(away > 0.0 ? -normal : normal);
        }
        ENDHLSL

        // 0: a surface. Both its sides are drawn, as in the Godot addon.
        Pass
        {
            Cull Off ZWrite On ZTest LEqual Blend Off

            HLSLPROGRAM
            #pragma target 3.5
            #pragma require mrt8
            #pragma vertex Vertex
            #pragma fragment Fragment

            Numbers Fragment(Varyings i)
            {
                float4 texel = tex2D(_MainTex, i.uv);
                clip(texel.a - _DreamThreshold);
                return Layers(_DreamLabel, float4(Encoded(texel.rgb * i.tint.rgb), _DreamTint.a), Depth(-i.seen.z / _DreamFar), Facing(i), Motion(i.now, i.before));
            }
            ENDHLSL
        }

        // 1: the background, over the whole target. A clear would leave it to the engine how its colour is converted.
        Pass
        {
            Cull Off ZWrite Off ZTest Always Blend Off

            HLSLPROGRAM
            #pragma target 3.5
            #pragma require mrt8
            #pragma vertex Background
            #pragma fragment Behind

            // From the camera's picture to the picture before, of what is infinitely far away; 0: there was none.
            float4x4 _DreamSky;
            // 1 or -1: whether the target's y is the picture's, which goes up.
            float _DreamTurn;

            struct Sky
            {
                float4 position : SV_POSITION;
                float3 now : TEXCOORD0;
                float3 before : TEXCOORD1;
            };

            Sky Background(float4 position : POSITION)
            {
                Sky o;
                o.position = float4(position.xy, 0.5, 1.0);
                o.now = float3(position.x, position.y * _DreamTurn, 1.0);
                o.before = mul(_DreamSky, float4(o.now.xy, 1.0, 1.0)).xyw;
                return o;
            }

            Numbers Behind(Sky i)
            {
                return Layers(_DreamLabel, float4(0.0, 0.0, 0.0, 0.0), Depth(1.0), float4(128.0, 128.0, 128.0, 255.0) / 255.0, Motion(i.now, i.before));
            }
            ENDHLSL
        }

        // 2: a terrain, with the colours of its first four layers.
        Pass
        {
            Cull Off ZWrite On ZTest LEqual Blend Off

            HLSLPROGRAM
            #pragma target 3.5
            #pragma require mrt8
            #pragma vertex Vertex
            #pragma fragment Ground

            // How much of each layer is where; each layer's texture, with its scale and offset over the whole terrain.
            sampler2D _DreamControl;
            sampler2D _DreamLayer0;
            sampler2D _DreamLayer1;
            sampler2D _DreamLayer2;
            sampler2D _DreamLayer3;
            float4 _DreamTile0;
            float4 _DreamTile1;
            float4 _DreamTile2;
            float4 _DreamTile3;

            Numbers Ground(Varyings i)
            {
                float4 part = tex2D(_DreamControl, i.uv);
                float3 colour = part.r * tex2D(_DreamLayer0, i.uv * _DreamTile0.xy + _DreamTile0.zw).rgb
                    + part.g * tex2D(_DreamLayer1, i.uv * _DreamTile1.xy + _DreamTile1.zw).rgb
                    + part.b * tex2D(_DreamLayer2, i.uv * _DreamTile2.xy + _DreamTile2.zw).rgb
                    + part.a * tex2D(_DreamLayer3, i.uv * _DreamTile3.xy + _DreamTile3.zw).rgb;
                // Where further layers cover it, nothing is known of its colour.
                float known = part.r + part.g + part.b + part.a;
                return Layers(_DreamLabel, float4(Encoded(colour / max(known, 0.01)), known > 0.01 ? 1.0 : 0.0), Depth(-i.seen.z / _DreamFar), Facing(i), Motion(i.now, i.before));
            }
            ENDHLSL
        }
    }
}
