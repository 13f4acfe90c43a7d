using System.Reflection;
using MnistAdder.OnnxExport.Networks;
using MnistAdder.OnnxExport.Tracing;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>Networks as people write them, compiled with optimisation and without.</summary>
public sealed class NetworkTests
{
    private static readonly string s_unoptimized = Path.Combine(AppContext.BaseDirectory, "MnistAdder.OnnxExport.Networks.Unoptimized.dll");

    public static TheoryData<string> Names => [.. Cases.All.Keys];

    public static TheoryData<string> Trainable => [.. Cases.All.Where(network => network.Value.Make().parameters().Any()).Select(network => network.Key)];

    [Theory, MemberData(nameof(Names))]
    public void Network(string name) => Right(Cases.All[name]);

    [Theory, MemberData(nameof(Names))]
    public void Network_compiled_without_optimization(string name)
    {
        Type cases = Assembly.LoadFrom(s_unoptimized).GetType(typeof(Cases).FullName!)!;
        var all = (IReadOnlyDictionary<string, (Func<nn.Module> Make, Func<object[]> Examples)>)cases.GetProperty(nameof(Cases.All))!.GetValue(null)!;
        Right(all[name]);
    }

    [Theory, MemberData(nameof(Trainable))]
    public void Network_after_some_steps_of_training(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        nn.Module network = Cases.All[name].Make();
        object[] examples = Cases.All[name].Examples();
        OnnxModel before = OnnxExporter.Export(network, examples);
        Train(network, examples);
        OnnxModel after = TraceAssert.Right(network, examples, new OnnxTraceOptions(), 1e-5 * GreatestOutput(network, examples));
        Assert.NotEqual(before.ToBytes(), after.ToBytes());
    }

    // At least 1. Steps on two examples may make outputs of thousands, and small differences of them.
    private static double GreatestOutput(nn.Module network, object[] examples)
    {
        using IDisposable noGradients = no_grad();
        network.eval();
        ModuleInputs inputs = ModuleInputs.Of(network, examples, new OnnxTraceOptions());
        object?[] arguments = inputs.Resized([.. inputs.Dimensions.Select(dimension => dimension.Size)]);
        return TensorTree.Results(inputs.Method.Invoke(network, arguments)).Max(output => Math.Max(1, output.to_type(ScalarType.Float64).abs().max().item<double>()));
    }

    private static void Train(nn.Module network, object[] examples)
    {
        ModuleInputs inputs = ModuleInputs.Of(network, examples, new OnnxTraceOptions());
        network.train();
        foreach (Tensor parameter in network.parameters())
            parameter.requires_grad = true;
        using var optimizer = optim.SGD(network.parameters(), 0.01);
        for (int step = 0; step < 3; step++)
        {
            optimizer.zero_grad();
            object?[] arguments = inputs.Resized([.. inputs.Dimensions.Select(dimension => dimension.Size)]);
            IEnumerable<Tensor> outputs = TensorTree.Results(inputs.Method.Invoke(network, arguments)).Where(output => output.is_floating_point() && output.requires_grad);
            outputs.Select(output => output.square().mean()).Aggregate((sum, loss) => sum + loss).backward();
            optimizer.step();
        }
    }

    private static void Right((Func<nn.Module> Make, Func<object[]> Examples) network)
    {
        using DisposeScope scope = NewDisposeScope();
        TraceAssert.Right(network.Make(), network.Examples());
    }
}
