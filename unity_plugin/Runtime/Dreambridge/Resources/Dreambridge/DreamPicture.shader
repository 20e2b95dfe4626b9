// Draws a stream's frame upright: between two frames, and with straight alpha where the frame's is premultiplied.
Shader "Hidden/Dreambridge/Picture"
{
    Properties
    {
        _MainTex ("Now", 2D) = "black" {}
        _Before ("Before", 2D) = "black" {}
        _Weight ("Weight of now", Range(0, 1)) = 1
        _Unpremultiply ("Premultiplied to straight alpha", Range(0, 1)) = 0
    }
    SubShader
    {
        Cull Off ZWrite Off ZTest Always
        Pass
        {
            HLSLPROGRAM
            #pragma vertex Vertex
            #pragma fragment Fragment
            #include "UnityCG.cginc"

            sampler2D _MainTex;
            sampler2D _Before;
            float _Weight;
            float _Unpremultiply;

            struct Varyings
            {
                float4 position : SV_POSITION;
                float2 uv : TEXCOORD0;
            };

            Varyings Vertex(appdata_img v)
            {
                Varyings o;
                o.position = UnityObjectToClipPos(v.vertex);
                // A frame's first row is its top, and lies at v = 0.
                o.uv = float2(v.texcoord.x, 1 - v.texcoord.y);
                return o;
            }

            // The sampler has decoded in a linear project, but alpha was multiplied into the encoded bytes.
            float3 Encoded(float3 c)
            {
            #ifdef UNITY_COLORSPACE_GAMMA
                return c;
            #else
                return c <= 0.0031308 ? c * 12.92 : 1.055 * pow(max(c, 1e-6), 1 / 2.4) - 0.055;
            #endif
            }

            float3 Decoded(float3 c)
            {
            #ifdef UNITY_COLORSPACE_GAMMA
                return c;
            #else
                return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
            #endif
            }

            float4 Fragment(Varyings i) : SV_Target
            {
                float4 c = lerp(tex2D(_Before, i.uv), tex2D(_MainTex, i.uv), _Weight);
                if (_Unpremultiply > 0 && c.a > 0)
                    c.rgb = Decoded(saturate(Encoded(c.rgb) / c.a));
                return c;
            }
            ENDHLSL
        }
    }
}
