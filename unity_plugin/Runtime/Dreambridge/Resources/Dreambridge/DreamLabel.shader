// Draws what is seen as numbers: the label's colour into the first target, packed depth into the second one. Both are bytes that no
// colour space may change, so both targets are without sRGB. It has no light mode and uses its own matrices, so that it draws the same in
// every render pipeline, also where the pipeline's camera is relative (HDRP).
Shader "Hidden/Dreambridge/Label"
{
    Properties
    {
        _MainTex ("Cut out by the alpha of", 2D) = "white" {}
        _DreamLabel ("Colour of the label, as bytes / 255", Vector) = (0, 0, 0, 1)
        _DreamThreshold ("Alpha below which nothing is drawn", Float) = 0
        _DreamPlace ("Scale and offset of the texture", Vector) = (1, 1, 0, 0)
        _Flip ("Flip of a sprite, which its renderer sets", Vector) = (1, 1, 1, 1)
    }
    SubShader
    {
        // 0: a surface. Both its sides are drawn, as in the Godot addon.
        Pass
        {
            Cull Off ZWrite On ZTest LEqual Blend Off

            HLSLPROGRAM
            #pragma vertex Vertex
            #pragma fragment Fragment
            #include "UnityCG.cginc"

            float4x4 _DreamView;
            float4x4 _DreamViewProjection;
            float _DreamFar;
            sampler2D _MainTex;
            float4 _DreamLabel;
            float _DreamThreshold;
            float4 _DreamPlace;
            float4 _Flip;

            struct Surface
            {
                float4 position : POSITION;
                float2 uv : TEXCOORD0;
            };

            struct Varyings
            {
                float4 position : SV_POSITION;
                float2 uv : TEXCOORD0;
                float ahead : TEXCOORD1;
            };

            struct Numbers
            {
                float4 label : SV_Target0;
                float4 depth : SV_Target1;
            };

            Varyings Vertex(Surface v)
            {
                Varyings o;
                float4 world = mul(unity_ObjectToWorld, float4(v.position.xy * _Flip.xy, v.position.z, 1.0));
                o.position = mul(_DreamViewProjection, world);
                o.uv = v.uv * _DreamPlace.xy + _DreamPlace.zw;
                o.ahead = -mul(_DreamView, world).z;
                return o;
            }

            Numbers Fragment(Varyings i)
            {
                clip(tex2D(_MainTex, i.uv).a - _DreamThreshold);
                // 0 at the camera's plane to 1 at the far distance, in 24 bits: r is the highest byte (PROTOCOL.md, part 4).
                float n = min(floor(saturate(i.ahead / _DreamFar) * 16777215.0 + 0.5), 16777215.0);
                float r = floor(n / 65536.0);
                float g = floor((n - r * 65536.0) / 256.0);
                float b = n - r * 65536.0 - g * 256.0;
                Numbers o;
                o.label = _DreamLabel;
                o.depth = float4(r / 255.0, g / 255.0, b / 255.0, 1.0);
                return o;
            }
            ENDHLSL
        }

        // 1: the background, over the whole target. A clear would leave it to the engine how its colour is converted.
        Pass
        {
            Cull Off ZWrite Off ZTest Always Blend Off

            HLSLPROGRAM
            #pragma vertex Vertex
            #pragma fragment Fragment
            #include "UnityCG.cginc"

            float4 _DreamLabel;

            struct Numbers
            {
                float4 label : SV_Target0;
                float4 depth : SV_Target1;
            };

            float4 Vertex(float4 position : POSITION) : SV_POSITION
            {
                return float4(position.xy, 0.5, 1.0);
            }

            Numbers Fragment()
            {
                Numbers o;
                o.label = _DreamLabel;
                o.depth = float4(1.0, 1.0, 1.0, 1.0);
                return o;
            }
            ENDHLSL
        }
    }
}
