// A face for Unity: drives a SkinnedMeshRenderer's blend shapes from VMC packets, as
// `a2e live --to vmc://127.0.0.1:39539` sends them. Put it on the head; it needs no package.
using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using UnityEngine;

/// <summary>Listens on UDP and shows the newest whole frame in each Update.</summary>
public sealed class A2EFace : MonoBehaviour
{
    public int port = 39539;
    public SkinnedMeshRenderer head;

    readonly VmcFrames frames = new VmcFrames();
    readonly Dictionary<string, List<int>> places = new Dictionary<string, List<int>>();
    UdpClient socket;

    void OnEnable()
    {
        if (head == null) head = GetComponentInChildren<SkinnedMeshRenderer>();
        places.Clear();
        for (int i = 0; i < head.sharedMesh.blendShapeCount; i++)
        {
            string name = ShapeNames.Plain(head.sharedMesh.GetBlendShapeName(i));
            if (!places.ContainsKey(name)) places[name] = new List<int>();
            places[name].Add(i);
        }
        socket = new UdpClient(new IPEndPoint(IPAddress.Any, port));
    }

    void OnDisable()
    {
        if (socket != null) socket.Close();
        socket = null;
    }

    void Update()
    {
        var sender = new IPEndPoint(IPAddress.Any, 0);
        while (socket != null && socket.Available > 0) frames.Read(socket.Receive(ref sender));
        foreach (KeyValuePair<string, float> weight in frames.Shown)
        {
            List<int> found;
            if (!places.TryGetValue(ShapeNames.Plain(weight.Key), out found)) continue;
            foreach (int place in found) head.SetBlendShapeWeight(place, 100 * weight.Value);
        }
    }
}

/// <summary>Names of shapes in one spelling: jawOpen, JawOpen, jaw_open, Head.jawOpen, jaw_L.</summary>
public static class ShapeNames
{
    public static string Plain(string name)
    {
        name = name.Substring(name.LastIndexOf('.') + 1);
        if (name.EndsWith("_L")) name = name.Substring(0, name.Length - 2) + "Left";
        if (name.EndsWith("_R")) name = name.Substring(0, name.Length - 2) + "Right";
        return name.Replace("_", "").ToLowerInvariant();
    }
}

/// <summary>Frames out of VMC's OSC: /VMC/Ext/Blend/Val (name, weight) until /VMC/Ext/Blend/Apply.
/// </summary>
public sealed class VmcFrames
{
    const int BundleHead = 16; // "#bundle\0" and a time tag

    /// <summary>The newest whole frame, weights 0 to 1 by name.</summary>
    public Dictionary<string, float> Shown { get; private set; }

    Dictionary<string, float> coming = new Dictionary<string, float>();

    public VmcFrames()
    {
        Shown = new Dictionary<string, float>();
    }

    /// <summary>Takes a datagram; one that is no OSC is passed over.</summary>
    public void Read(byte[] packet)
    {
        try
        {
            Read(packet, 0, packet.Length);
        }
        catch (ArgumentException)
        {
        }
        catch (IndexOutOfRangeException)
        {
        }
    }

    void Read(byte[] bytes, int at, int end)
    {
        int start = at;
        string address = Text(bytes, ref at);
        if (address == "#bundle")
        {
            for (at = start + BundleHead; at + 4 <= end;)
            {
                int size = Int(bytes, at);
                at += 4;
                if (size <= 0 || at + size > end) return;
                Read(bytes, at, at + size);
                at += size;
            }
        }
        else if (address == "/VMC/Ext/Blend/Val" && Text(bytes, ref at) == ",sf")
        {
            string name = Text(bytes, ref at);
            coming[name] = BitConverter.ToSingle(BitConverter.GetBytes(Int(bytes, at)), 0);
        }
        else if (address == "/VMC/Ext/Blend/Apply")
        {
            Shown = coming;
            coming = new Dictionary<string, float>();
        }
    }

    static string Text(byte[] bytes, ref int at)
    {
        int last = Array.IndexOf(bytes, (byte)0, at);
        if (last < 0) throw new ArgumentException("no end of text");
        string text = System.Text.Encoding.UTF8.GetString(bytes, at, last - at);
        at = last + 4 - (last & 3);
        return text;
    }

    static int Int(byte[] bytes, int at)
    {
        return bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
    }
}
