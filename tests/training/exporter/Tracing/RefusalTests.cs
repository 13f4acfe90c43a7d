using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>What no model can say is refused, with what, where, and what to write instead; never exported as something else.</summary>
public sealed class RefusalTests
{
    public static TheoryData<string> Networks => [.. s_networks.Keys];

    private static readonly Dictionary<string, (Func<Tensor, Tensor> Forward, string Says)> s_networks = new()
    {
        ["item"] = (x => x * x.mean().item<float>(), "item reads what is in a tensor"),
        ["ToSingle"] = (x => x * x.sum().ToSingle(), "reads what is in a tensor"),
        ["cast"] = (x => x + (float)x.max(), "reads what is in a tensor"),
        ["data"] = (x => x + x.data<float>()[0], "data reads what is in a tensor"),
        ["bytes"] = (x => x + x.bytes[0], "get_bytes reads what is in a tensor"),
        ["branch on contents"] = (x => x.sum().item<float>() > 0 ? x : -x, "item reads what is in a tensor"),
        ["allclose"] = (x => x.allclose(x * 2) ? x : -x, "allclose reads what is in a tensor"),
        ["Equals"] = (x => x.Equals(x * 2) ? x : -x, "Equals reads what is in a tensor"),
        ["rand"] = (x => x + rand(x.shape[1]), "rand draws random numbers"),
        ["randn_like"] = (x => x + randn_like(x), "randn_like draws random numbers"),
        ["dropout"] = (x => F.dropout(x, 0.5), "dropout"),
        ["bernoulli"] = (x => bernoulli(x.sigmoid()), "bernoulli draws random numbers"),
        ["branch on the batch"] = (x => x.shape[0] > 2 ? x * 2 : x, "mul"),
        ["branch on a large batch"] = (x => x.shape[0] > 100 ? x * 2 : x, "mul only for some sizes (with batch 128)"),
        ["branch on the digits of the batch"] = (x => $"{x.shape[0]}".Length == 1 ? x : -x, "only for some sizes"),
        ["cut off where it is too long"] = (x => x.shape[0] > 20 ? x[..20] : x, "only for some sizes"),
        ["operations per row"] = (
            x =>
            {
                var y = x;
                for (int i = 0; i < x.shape[0]; i++)
                    y = y + 1;
                return y;
            }, "only for some sizes"),
        ["Scalar of a size"] = (x => x / (float)x.shape[0], "the number"),
        ["squeeze of the batch"] = (x => x.relu().squeeze()!, "squeeze(1)"),
        ["not linear"] = (x => x.view(-1).repeat(x.shape[0] * x.shape[0]), "otherwise than"),
        ["tensor by untraced code"] = (x => x + Enumerable.Range(0, 1).Select(Untraced).First(), "code that can't be followed"),
        ["reflection"] = (x => (Tensor)typeof(Tensor).GetMethod("relu", [])!.Invoke(x, null)!, "by reflection"),
        ["counter"] = (x => x * s_count++, "changes from run to run"),
        ["write through expand"] = (x => zeros(1, 4).expand(x.shape[0], 4).masked_fill_(x > 0, 5) + x, "same element at several places"),
        ["changed state"] = (x => x + s_state!.add_(1), "a model has no memory"),
        ["state that fills up"] = (x => s_runs++ < 3 ? x + 1 : throw new InvalidOperationException("full"), "a model has no memory"),
        ["module that isn't registered"] = (x => s_norm!.call(x), "isn't registered"),
        ["complex numbers"] = (x => (x * s_turn!).exp().abs(), "complex numbers: exp"),
        ["size of contents"] = (x => x.masked_select(x > 0).sum().expand(x.shape[0], 1), ""),
    };

    private static readonly Tensor s_state = zeros(4);

    private static readonly TorchSharp.Modules.BatchNorm1d s_norm = BatchNorm1d(4);

    private static readonly Tensor s_turn = polar(ones(4), ones(4));

    private static int s_runs;

    private static int s_count = 7;

    // As code would that the tracer can't see.
    private static readonly Func<int, Tensor> s_compiled =
        System.Linq.Expressions.Expression.Lambda<Func<int, Tensor>>(
            System.Linq.Expressions.Expression.Call(typeof(RefusalTests).GetMethod(nameof(Made), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!),
            System.Linq.Expressions.Expression.Parameter(typeof(int))).Compile();

    private static readonly Func<Tensor, Tensor> s_compiledDoubling = DoublingExpression().Compile();

    private static System.Linq.Expressions.Expression<Func<Tensor, Tensor>> DoublingExpression() => x => x.mul(2);

    private static readonly Func<Tensor, Tensor> s_compiledWriting = WritingExpression().Compile();

    private static System.Linq.Expressions.Expression<Func<Tensor, Tensor>> WritingExpression() => x => x.relu_();

    private static Tensor Untraced(int number) => s_compiled(number);

    private static Tensor Made() => torch.ones(4);

    [Theory, MemberData(nameof(Networks))]
    public void Refused(string name)
    {
        (Func<Tensor, Tensor> forward, string says) = s_networks[name];
        using var network = new Lambda(forward);
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(network, [randn(2, 4)]));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_untraced_code_makes_of_an_input_is_refused_without_dynamic_dimensions_too()
    {
        using var network = new Lambda(x => x + s_compiledDoubling(x));
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(network, [zeros(2, 4)], new OnnxTraceOptions { DynamicDimensions = [] }));
        Assert.Contains("code that can't be followed", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_untraced_code_writes_into_a_tensor_is_refused_also_where_the_examples_do_not_show_it()
    {
        using var network = new Lambda(x =>
        {
            var y = x.mul(2);
            s_compiledWriting(y);
            return y;
        });
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(network, [zeros(2, 4)]));
        Assert.Contains("where it can't be followed", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dimension_of_which_a_network_takes_only_two_sizes_is_refused()
    {
        using var network = new Lambda(x => x.shape[0] is 2 or 3 ? x * 2 : throw new ArgumentException("two or three rows"));
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(network, [randn(2, 4)]));
        Assert.Contains("takes few sizes of batch", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_says_where_and_what_to_write_instead()
    {
        using var network = new Lambda(x => x * x.mean().item<float>());
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(network, [randn(2, 4)]));
        Assert.Matches(
            @"^Module Lambda can't be exported to ONNX: item reads .*, in RefusalTests\.A_refusal_says_where_and_what_to_write_instead \(RefusalTests\.cs:\d+\)\. Say it .*\.$",
            refusal.Message);
    }

    [Fact]
    public void A_refusal_that_the_network_catches_is_one()
    {
        using var network = new Lambda(x =>
        {
            try
            {
                return x * x.mean().item<float>();
            }
            catch (Exception)
            {
                return x;
            }
        });
        Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(network, [randn(2, 4)]));
    }

    [Fact]
    public void Mode_and_gradients_are_left_as_found()
    {
        var dropout = Dropout(0.5);
        using var network = Sequential(("linear", Linear(4, 4)), ("dropout", dropout));
        network.train();
        dropout.eval();
        OnnxExporter.Export(network, [randn(2, 4)]);
        Assert.True(network.training);
        Assert.False(dropout.training);
        Assert.True(is_grad_enabled());
    }
}
