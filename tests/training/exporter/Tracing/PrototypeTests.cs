using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace MnistAdder.OnnxExport.Tests.Tracing;

public sealed class PrototypeTests
{
    [Fact]
    public void Simple() => TraceAssert.Right(new Simple1(), rand(2, 1, 8, 8));

    [Fact]
    public void Natural() => TraceAssert.Right(new Net(), rand(2, 1, 28, 28), rand(2, 10));

    private sealed class Simple1 : Module<Tensor, Tensor>
    {
        private readonly Linear c = Linear(64, 5);

        public Simple1() : base("s") => RegisterComponents();

        public override Tensor forward(Tensor x)
        {
            var y = F.relu(x).view(x.shape[0], -1);
            return c.call(y) + 1;
        }
    }

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly Conv2d c1, c2;
        private readonly Module<Tensor, Tensor>? shortcut;

        public Block(long i, long o) : base("b")
        {
            c1 = Conv2d(i, o, 3, padding: 1);
            c2 = Conv2d(o, o, 3, padding: 1);
            shortcut = i == o ? null : Conv2d(i, o, 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var a = F.relu(c1.forward(x));
            using var b = c2.call(a);
            using var s = shortcut is null ? x.alias() : shortcut.call(x);
            return (b + s).relu_();
        }
    }

    private sealed class Net : Module<Tensor, Tensor, (Tensor, Tensor)>
    {
        private readonly ModuleList<Module<Tensor, Tensor>> blocks;
        private readonly Sequential head;
        private readonly Linear adder;
        private readonly Parameter scale;
        private readonly float k = 0.5f;

        public Net() : base("n")
        {
            blocks = ModuleList<Module<Tensor, Tensor>>(new Block(1, 8), new Block(8, 8));
            head = Sequential(("f", Flatten()), ("l", Linear(8 * 7 * 7, 10)));
            adder = Linear(20, 19);
            scale = Parameter(torch.ones(1));
            RegisterComponents();
        }

        private static Tensor Pool(Tensor x) => F.max_pool2d(x, 2, 2);

        private IEnumerable<Tensor> Parts(Tensor x)
        {
            yield return x;
            yield return x * scale;
        }

        public override (Tensor, Tensor) forward(Tensor x, Tensor n)
        {
            using var scope = NewDisposeScope();
            foreach (var b in blocks)
                x = Pool(b.call(x));
            if (x.shape[1] > 4)
                x = x / 2;
            else
                x = x - 1;
            for (int i = 0; i < 2; i++)
                x = x + k * i;
            var sum = Parts(x).Aggregate((a, c) => torch.maximum(a, c));
            var halves = sum.chunk(2, 1).Select(h => h.sigmoid()).ToArray();
            sum = torch.cat(halves, 1).view(x.shape[0], -1);
            try
            {
                sum = sum.view(new long[] { x.size(0), 8, 7, 7 });
            }
            finally
            {
                sum = sum.clone();
            }

            var d = head.call(sum);
            var both = torch.cat([d.softmax(1), n.to(ScalarType.Float32)], 1);
            var first = both[TensorIndex.Ellipsis, TensorIndex.Slice(0, 5)];
            both = both.add_(first.mean([1], keepdim: true));
            var s = adder.call(both);
            return (d.MoveToOuterDisposeScope(), s.MoveToOuterDisposeScope());
        }
    }
}
