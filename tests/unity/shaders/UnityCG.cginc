// A stand-in for Unity's include file of this name, written from Unity's documentation of its built-in shader variables and helper functions.
// It has only what the package's shaders use, and exists to prove their syntax.
#ifndef UNITY_CG_INCLUDED
#define UNITY_CG_INCLUDED

float4x4 unity_ObjectToWorld;
float4x4 unity_WorldToObject;
float4x4 unity_MatrixVP;

struct appdata_img
{
    float4 vertex : POSITION;
    half2 texcoord : TEXCOORD0;
};

inline float4 UnityObjectToClipPos(float4 position)
{
    return mul(unity_MatrixVP, mul(unity_ObjectToWorld, float4(position.xyz, 1.0)));
}

#endif
