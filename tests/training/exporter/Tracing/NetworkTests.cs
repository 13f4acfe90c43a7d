using System.Reflection;
using MnistAdder.OnnxExport.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>Networks as people write them, compiled with optimisation and without.</summary>
public sealed class NetworkTests
{
    private static readonly string s_unoptimized = Path.Combine(AppContext.BaseDirectory, "MnistAdder.OnnxExport.Networks.Unoptimized.dll");

    public static TheoryData<string> Names => [.. Cases.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Network(string name) => Right(Cases.All[name]);

    [Theory, MemberData(nameof(Names))]
    public void Network_compiled_without_optimization(string name)
    {
        Type cases = Assembly.LoadFrom(s_unoptimized).GetType(typeof(Cases).FullName!)!;
        var all = (IReadOnlyDictionary<string, (Func<nn.Module> Make, Func<object[]> Examples)>)cases.GetProperty(nameof(Cases.All))!.GetValue(null)!;
        Right(all[name]);
    }

    private static void Right((Func<nn.Module> Make, Func<object[]> Examples) network)
    {
        using DisposeScope scope = NewDisposeScope();
        TraceAssert.Right(network.Make(), network.Examples());
    }
}
