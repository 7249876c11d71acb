// As much of UnityEngine as the receiver uses, and a program that runs it on packets.
using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Reflection;
using UnityEngine;

namespace UnityEngine
{
    public class MonoBehaviour
    {
        public T GetComponentInChildren<T>() { return default(T); }
    }

    public class Mesh
    {
        public string[] names = { "Head.jaw_open", "mouthSmile_L", "Fat" };
        public int blendShapeCount { get { return names.Length; } }
        public string GetBlendShapeName(int place) { return names[place]; }
    }

    public class SkinnedMeshRenderer
    {
        public Mesh sharedMesh = new Mesh();
        public float[] weights = new float[3];
        public void SetBlendShapeWeight(int place, float value) { weights[place] = value; }
    }
}

static class Program
{
    // Prints the weights that show after each datagram of the given files.
    static void Main(string[] files)
    {
        var face = new A2EFace { head = new SkinnedMeshRenderer(), port = int.Parse(files[0]) };
        Call(face, "OnEnable");
        using (var sender = new UdpClient())
        {
            for (int i = 1; i < files.Length; i++)
            {
                byte[] packet = File.ReadAllBytes(files[i]);
                sender.Send(packet, packet.Length, "127.0.0.1", face.port);
                System.Threading.Thread.Sleep(20);
                Call(face, "Update");
                Console.WriteLine(string.Join(" ", Array.ConvertAll(face.head.weights, w => w.ToString("R"))));
            }
        }
        Call(face, "OnDisable");
    }

    static void Call(A2EFace face, string method)
    {
        typeof(A2EFace).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Instance).Invoke(face, null);
    }
}
