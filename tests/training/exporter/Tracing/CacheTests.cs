using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MnistAdder.OnnxExport.Tests.Tracing;

/// <summary>Tensors that a module keeps from one call to the next, such as the keys and values of an attention.</summary>
public sealed class CacheTests
{
    private static readonly OnnxTraceOptions s_anyLength = new() { DynamicDimensions = [new("x", 0, "batch"), new("x", 1, "length")] };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_cache_of_which_only_what_the_call_wrote_is_read_is_left_out(bool registered)
    {
        OnnxModel model = TraceAssert.Right(new Attention(registered, start: 0), [rand(2, 5, 8)], s_anyLength, 1e-5);
        Assert.InRange(model.ToBytes().Length, 1, 20 * 20 * 8 * sizeof(float));
    }

    [Fact]
    public void A_cache_of_which_what_an_earlier_call_wrote_is_read_is_refused()
    {
        var refusal = Assert.Throws<OnnxExportException>(() => OnnxExporter.Export(new Attention(registered: false, start: 2), [rand(2, 5, 8)], s_anyLength));
        Assert.Contains("a model has no memory", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Attention.forward", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_count_of_calls_that_nothing_reads_is_left_out() => TraceAssert.Right(new Counting(), rand(2, 3));

    [Fact]
    public void A_part_that_was_written_through_a_view_of_a_view_is_read_in_another_way() => TraceAssert.Right(
        new Lambda(x =>
        {
            Tensor whole = zeros(x.shape[0], 6, 4);
            whole.narrow(1, 2, 3).select(2, 1).copy_(x[.., ..3]);
            whole.narrow(1, 2, 3).mul_(2);
            return whole[.., 2..5] + whole[.., 1..4].sum(2, keepdim: true) + whole.narrow(1, 2, 3).select(2, 1).unsqueeze(2);
        }),
        rand(2, 4));

    [Fact]
    public void Tensors_that_are_put_in_their_place_again_may_be_for_few_rows() => TraceAssert.Right(new Few(), [rand(2, 3)], new OnnxTraceOptions(), 1e-5, [1], [2], [3], [4]);

    [Fact]
    public void What_a_call_disposes_of_is_gone() => TraceAssert.Right(new Lambda(x => x.mul(2).to(ScalarType.Float64, disposeAfter: true).to(ScalarType.Float32)), rand(2, 3));

    private sealed class Few() : Module<Tensor, Tensor>("few")
    {
        private Tensor factor = rand(3), offset = rand(3);

        public override Tensor forward(Tensor x)
        {
            factor = factor.to(x.device);
            if (x.shape[0] > 4)
                throw new ArgumentException("No more than four rows.", nameof(x));
            offset = offset.to(x.device);
            return (x * factor) + offset;
        }
    }

    private sealed class Attention : Module<Tensor, Tensor>
    {
        private readonly Linear query = Linear(8, 8), key = Linear(8, 8), value = Linear(8, 8);
        private readonly Tensor keys = zeros(20, 20, 8), values = zeros(20, 20, 8);
        private readonly int start;

        public Attention(bool registered, int start) : base("attention")
        {
            this.start = start;
            if (registered)
            {
                RegisterComponents(); // tensors, too
                return;
            }

            register_module("query", query);
            register_module("key", key);
            register_module("value", value);
        }

        public override Tensor forward(Tensor x)
        {
            (int batch, int length) = ((int)x.shape[0], (int)x.shape[1]);
            keys[..batch, start..(start + length)] = key.call(x);
            values[..batch, start..(start + length)] = value.call(x);
            Tensor seen = keys[..batch, ..(start + length)], told = values[..batch, ..(start + length)];
            return query.call(x).matmul(seen.transpose(1, 2)).softmax(-1).matmul(told);
        }
    }

    private sealed class Counting : Module<Tensor, Tensor>
    {
        private readonly Tensor calls = zeros(1);

        public Counting() : base("counting") => RegisterComponents();

        public override Tensor forward(Tensor x)
        {
            calls.add_(1);
            return x * 2;
        }
    }
}
