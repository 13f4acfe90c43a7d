using System.Buffers.Binary;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Checkpoints;

/// <summary>An optimizer's state as the bytes that TorchSharp makes of it.</summary>
/// <remarks>
/// TorchSharp reads such bytes trustfully: it allocates whatever a shape in them asks for, and takes hyperparameters over that
/// contradict the run's. So their form is checked first: the optimizer's name, a count of groups and one of parameters (LEB128), for
/// the group two learning rates and the kind's own numbers, then for each parameter what the kind keeps. A tensor is its type, its rank
/// and its sizes (LEB128), then its elements. Source: TorchSharp's Optimizer.cs, SGD.cs, AdamW.cs and TensorExtensionMethods.cs, 0.107.
/// </remarks>
internal static class OptimizerState
{
    /// <summary>Copies the state.</summary>
    public static byte[] Save(OptimizerHelper optimizer)
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes))
            optimizer.save_state_dict(writer);
        return bytes.ToArray();
    }

    /// <summary>Puts a state into an optimizer, or leaves the optimizer as it is where the state isn't of its form.</summary>
    /// <param name="optimizer">Over all parameters of the network, with the numbers that the run wants.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="network">Whose parameters it changes.</param>
    /// <param name="bytes">What <see cref="Save"/> gave.</param>
    /// <param name="source">What the message calls the file.</param>
    /// <exception cref="InvalidDataException">The bytes are no state of such an optimizer.</exception>
    public static void Load(OptimizerHelper optimizer, OptimizerKind kind, DigitSumNetwork network, byte[] bytes, string source)
    {
        var form = new Form(bytes);
        if (!form.IsOf(kind, Save(optimizer), network))
            throw new InvalidDataException($"{source} is a broken checkpoint: the optimizer's state isn't that of {kind} over this network's parameters.");
        using var reader = new BinaryReader(new MemoryStream(bytes));
        optimizer.load_state_dict(reader);
    }

    private ref struct Form(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public bool IsOf(OptimizerKind kind, ReadOnlySpan<byte> own, DigitSumNetwork network)
        {
            Parameter[] parameters = [.. network.parameters()];
            int numbers = kind == OptimizerKind.Sgd ? (3 * sizeof(double)) + 2 : (4 * sizeof(double)) + 2;
            int beforeRate = 1 + own[0] + 1 + Leb128(parameters.Length).Length + sizeof(double);

            // All numbers but the learning rate, which every step sets, follow from the settings.
            bool holds = Take(own[..beforeRate]) && TakeRate() && Take(own.Slice(beforeRate + sizeof(double), numbers));
            foreach (Parameter parameter in parameters)
                holds = holds && (kind == OptimizerKind.Sgd ? TakeMomentum(parameter) : TakeMoments(parameter));
            return holds && _rest.IsEmpty;
        }

        private static byte[] Leb128(long value)
        {
            var bytes = new List<byte>();
            for (; value > 0x7F; value >>= 7)
                bytes.Add((byte)(value | 0x80));
            return [.. bytes, (byte)value];
        }

        private bool TakeRate() => _rest.Length >= sizeof(double) && double.IsFinite(BinaryPrimitives.ReadDoubleLittleEndian(_rest)) && Skip(sizeof(double));

        // SGD keeps nothing until its first step.
        private bool TakeMomentum(Tensor parameter) => Take([0]) || (Take([1]) && TakeTensor(parameter));

        // AdamW: steps, mean gradient, mean square, and no greatest mean square.
        private bool TakeMoments(Tensor parameter) =>
            _rest.Length >= sizeof(long) && BinaryPrimitives.ReadInt64LittleEndian(_rest) >= 0 && Skip(sizeof(long))
            && TakeTensor(parameter) && TakeTensor(parameter) && Take([0]);

        private bool TakeTensor(Tensor like)
        {
            byte[] header = [.. Leb128((long)like.dtype), .. Leb128(like.dim()), .. like.shape.SelectMany(Leb128)];
            return Take(header) && Skip(like.numel() * like.element_size());
        }

        private bool Take(ReadOnlySpan<byte> expected) => _rest.StartsWith(expected) && Skip(expected.Length);

        private bool Skip(long count)
        {
            if (count > _rest.Length)
                return false;
            _rest = _rest[(int)count..];
            return true;
        }
    }
}
