using MnistAdder.Fuzzing;
using MnistAdder.Onnx;
using static MnistAdder.Tests.Support.Models.TestModel;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests.Fuzzing;

/// <summary>
/// A small convolutional or dense network of everything that the optimiser looks for and of what looks much like it, with numbers of
/// every size now and then.
/// </summary>
/// <param name="Network">Its file.</param>
/// <param name="Magnitudes">See <see cref="NetworkBuilder"/>.</param>
/// <param name="Inputs">Names, types, and shapes of a row.</param>
internal sealed record RandomNetwork(byte[] Network, byte[] Magnitudes, IReadOnlyList<(string Name, ElementType Type, int[] Row)> Inputs)
{
    /// <summary>Makes one; the choices are the mutator's.</summary>
    public static RandomNetwork Create(Mutator mutator) => new Growth(mutator).Grow();

    // A value, with the shape of one row: channels and side of a square, side 0 for a vector.
    private readonly record struct Layer(string Value, int Channels, int Side)
    {
        public int[] Row => Side == 0 ? [Channels] : [Channels, Side, Side];
    }

    private sealed class Growth(Mutator mutator)
    {
        private static readonly int[] s_channels = [15, 15, 15, 31, 31, 45, 30, 1, 3, 4, 8, 16];
        private static readonly ElementType[] s_integers = [ElementType.Uint8, ElementType.Uint8, ElementType.Uint8, ElementType.Int8, ElementType.Bool, ElementType.Int64];

        private readonly NetworkBuilder _builder = new();
        private readonly RandomNumbers _numbers = new(mutator);
        private readonly List<(string Name, ElementType Type, int[] Row)> _inputs = [];

        public RandomNetwork Grow()
        {
            bool isImage = !mutator.OneIn(4);
            int channels = isImage ? 1 + mutator.Below(3) : 2 + mutator.Below(8), side = isImage ? 5 + mutator.Below(5) : 0;
            Layer layer = mutator.OneIn(8) ? Floats(channels, side) : Integers(channels, side);
            for (int depth = isImage ? 1 + mutator.Below(4) : 0; depth > 0; depth--)
                layer = Block(SometimesWithFloats(layer));
            if (isImage && !mutator.OneIn(3))
                layer = Flat(layer);
            for (int depth = layer.Side == 0 ? 1 + mutator.Below(3) : 0; depth > 0; depth--)
                layer = Dense(SometimesWithFloats(layer));
            if (mutator.OneIn(4))
                layer = layer with { Value = _builder.Softmax(layer.Value) };
            _builder.Output(layer.Value, layer.Row);
            return new RandomNetwork(_builder.Network, _builder.Magnitudes, _inputs);
        }

        private string Input(string name, ElementType type, int[] row)
        {
            _inputs.Add((name, type, row));
            return _builder.Input(name, type, row);
        }

        // What is computed of integers alone ends here.
        private Layer SometimesWithFloats(Layer layer) =>
            mutator.OneIn(10) ? Joined(mutator.OneOf(["Add", "Concat"]), layer, Floats(layer.Channels, layer.Side)) : layer;

        // An activation that keeps numbers small, but NaN, may come first.
        private Layer Floats(int channels, int side)
        {
            var layer = new Layer($"floats{_inputs.Count}", channels, side);
            Input(layer.Value, ElementType.Float, layer.Row);
            return mutator.OneIn(2) ? layer : Activation(layer);
        }

        private Layer Integers(int channels, int side)
        {
            var layer = new Layer("integers", channels, side);
            string value = _builder.Cast(Input("integers", mutator.OneOf(s_integers), layer.Row));
            if (mutator.OneIn(2))
            {
                value = Step(Step(Step(value, "Div", 255), "Sub", 0.1307f), "Div", 0.3081f);
            }
            else
            {
                for (int steps = mutator.Below(4); steps > 0; steps--)
                    value = Step(value, mutator.OneOf(["Add", "Sub", "Mul", "Div"]), _numbers.Scalar());
            }

            return layer with { Value = value };
        }

        private string Step(string value, string operation, float number) =>
            _builder.Scale(operation, value, mutator.OneIn(30) ? _numbers.Odd() : number, isLeft: operation is "Add" or "Mul" && mutator.OneIn(3), isVector: mutator.OneIn(3));

        private Layer Block(Layer layer)
        {
            Layer convolved = Convolution(layer, mutator.OneOf(s_channels));
            if (mutator.OneIn(12))
                _builder.Output(convolved.Value, convolved.Row);
            if (mutator.OneIn(5))
                convolved = Pool(convolved);
            if (!mutator.OneIn(3))
                convolved = Normalization(convolved);
            Layer result = convolved;
            for (int activations = mutator.Below(3); activations > 0; activations--)
                result = Activation(result);
            if (mutator.OneIn(4))
                result = Pool(result);
            return mutator.Below(8) switch
            {
                // A second reader of the same channels.
                0 => Joined("Concat", Convolution(result, 4, keepsSide: true), Convolution(result, mutator.OneOf(s_channels), keepsSide: true)),
                // A residual block.
                1 => Joined("Add", result, Convolution(Activation(Convolution(result, 15, keepsSide: true)), result.Channels, keepsSide: true)),
                2 when result.Side == convolved.Side => Joined("Add", result, convolved),
                _ => result,
            };
        }

        private Layer Joined(string operation, Layer one, Layer other) => operation == "Concat"
            ? one with { Value = _builder.Same("Concat", [one.Value, other.Value], Attribute("axis", 1)), Channels = one.Channels + other.Channels }
            : one with { Value = _builder.Same("Add", [one.Value, other.Value]) };

        private Layer Convolution(Layer layer, int outputs, bool keepsSide = false)
        {
            int kernel = keepsSide ? 1 + (2 * mutator.Below(2)) : 1 + mutator.Below(Math.Min(3, layer.Side));
            int groups = mutator.OneIn(8) && layer.Channels % 3 == 0 && outputs % 3 == 0 ? 3 : 1;
            int stride = keepsSide || mutator.OneIn(2) ? 1 : 1 + mutator.Below(2);
            List<AttributeProto> attributes = [Attribute("strides", [stride, stride])];
            if (groups > 1)
                attributes.Add(Attribute("group", groups));
            (int around, int side) = (0, 0);
            switch (keepsSide ? 0 : mutator.Below(4))
            {
                case 0:
                    attributes.Add(Attribute("auto_pad", mutator.OneOf(["SAME_UPPER", "SAME_LOWER"])));
                    side = (layer.Side + stride - 1) / stride;
                    break;
                case 1:
                    attributes.Add(Attribute("auto_pad", "VALID"));
                    break;
                case 2:
                    around = 1 + mutator.Below(2);
                    attributes.Add(Attribute("pads", [around, around, around, around]));
                    break;
            }

            if (side == 0)
                side = ((layer.Side + (2 * around) - kernel) / stride) + 1;
            // Of a model that ONNX Runtime refuses.
            if (mutator.OneIn(200))
                attributes.Add(Attribute("kernel_shape", [kernel + 1, kernel]));
            int inputs = layer.Channels / groups, fan = inputs * kernel * kernel;
            string weight = _builder.Constant(_numbers.Weights(outputs, fan), outputs, inputs, kernel, kernel);
            string value = _builder.Linear("Conv", layer.Value, weight, mutator.OneIn(2) ? null : _builder.Constant(_numbers.Offsets(outputs), outputs), outputs, [.. attributes]);
            return new Layer(value, outputs, side);
        }

        private Layer Normalization(Layer layer)
        {
            float epsilon = mutator.OneIn(20) ? mutator.OneOf([0f, 1e-12f, 1e-40f, 1e30f]) : 1e-5f;
            // Of a model that ONNX Runtime refuses.
            AttributeProto[] others = mutator.OneIn(200) ? [Attribute("spatial", 1)] : [];
            float[] scale = _numbers.Offsets(layer.Channels);
            // As those of most networks are.
            if (mutator.OneIn(2))
                scale = Array.ConvertAll(scale, Math.Abs);
            return layer with
            {
                Value = _builder.Normalize(
                    layer.Value, scale, _numbers.Offsets(layer.Channels), _numbers.Offsets(layer.Channels), _numbers.Variances(layer.Channels), epsilon, layer.Side == 0 ? 2 : 4, others),
            };
        }

        private Layer Activation(Layer layer)
        {
            string[] x = [layer.Value];
            float alpha = mutator.OneIn(8) ? _numbers.AnyOdd() : 0.1f;
            float steepness = float.IsNaN(alpha) ? float.PositiveInfinity : Math.Max(1, Math.Abs(alpha));
            return layer with
            {
                Value = mutator.Below(10) switch
                {
                    0 or 1 => _builder.Activate("Relu", x, 1, 0),
                    2 => _builder.Activate("LeakyRelu", x, steepness, 0, Attribute("alpha", alpha)),
                    3 => _builder.Activate("Sigmoid", x, 1, 1),
                    4 => _builder.Activate("Tanh", x, 1, 1),
                    5 => _builder.Silu(layer.Value),
                    6 => _builder.Activate("Elu", x, steepness, steepness, Attribute("alpha", alpha)),
                    7 => _builder.Activate("HardSigmoid", x, 1, 1),
                    _ => Clip(layer.Value),
                },
            };
        }

        private string Clip(string x)
        {
            float least = mutator.OneIn(4) ? _numbers.AnyOdd() : mutator.OneOf([0f, -1f, 0.1f]), most = mutator.OneIn(4) ? _numbers.AnyOdd() : mutator.OneOf([6f, 1f, 3f]);
            string[] bounds = mutator.Below(3) switch
            {
                0 => [_builder.Constant([least])],
                1 => ["", _builder.Constant([most])],
                _ => [_builder.Constant([least]), _builder.Constant([most])],
            };
            return _builder.Activate("Clip", [x, .. bounds], 1, Math.Max(NetworkBuilder.Magnitude(least), NetworkBuilder.Magnitude(most)));
        }

        private Layer Pool(Layer layer)
        {
            if (layer.Side < 2)
                return layer;
            // With a border, a last window may begin beyond the input: ONNX Runtime plans memory for it, and then leaves it out.
            bool rounds = mutator.OneIn(5), takesGreatest = !mutator.OneIn(3);
            int stride = 1 + mutator.Below(2), around = !rounds && mutator.OneIn(3) ? 1 : 0;
            List<AttributeProto> attributes = [Attribute("kernel_shape", [2, 2]), Attribute("strides", [stride, stride]), Attribute("pads", [around, around, around, around])];
            if (rounds)
                attributes.Add(Attribute("ceil_mode", 1));
            if (!takesGreatest && mutator.OneIn(2))
                attributes.Add(Attribute("count_include_pad", 1));
            int span = layer.Side + (2 * around) - 2;
            int side = ((rounds ? span + stride - 1 : span) / stride) + 1;
            return new Layer(takesGreatest ? _builder.MaxPool(layer.Value, [.. attributes]) : _builder.Same("AveragePool", [layer.Value], [.. attributes]), layer.Channels, side);
        }

        private Layer Flat(Layer layer) => mutator.OneIn(2)
            ? new Layer(_builder.Same("Flatten", [_builder.Same("GlobalAveragePool", [layer.Value])]), layer.Channels, 0)
            : new Layer(_builder.Same("Flatten", [layer.Value]), layer.Channels * layer.Side * layer.Side, 0);

        private Layer Dense(Layer layer)
        {
            int outputs = 3 + mutator.Below(14);
            bool isTransposed = !mutator.OneIn(4);
            float[] weights = _numbers.Weights(outputs, layer.Channels);
            string weight = isTransposed ? _builder.Constant(weights, outputs, layer.Channels) : _builder.Constant(weights, layer.Channels, outputs);
            string? bias = mutator.OneIn(3) ? null : _builder.Constant(_numbers.Offsets(outputs), outputs);
            var result = new Layer(
                isTransposed ? _builder.Linear("Gemm", layer.Value, weight, bias, outputs, Attribute("transB", 1))
                : mutator.OneIn(2) ? _builder.Linear("Gemm", layer.Value, weight, bias, outputs)
                : _builder.Linear("MatMul", layer.Value, weight, bias: null, outputs),
                outputs,
                0);
            if (mutator.OneIn(2))
                result = Normalization(result);
            return mutator.OneIn(3) ? result : Activation(result);
        }
    }
}
