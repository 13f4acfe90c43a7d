using System.Buffers;
using Google.Protobuf;
using MnistAdder.Onnx;

namespace MnistAdder.OnnxBatching.Models;

/// <summary>
/// What an ONNX file says without its weights: nodes, shapes and small constants. Reading it takes little time and memory, however
/// large the weights are.
/// </summary>
/// <remarks>Source of the field numbers: onnx.proto of the ONNX project, which never changes them.</remarks>
internal sealed class ModelOutline
{
    // Numbers of constants that shapes are made of are fewer.
    private const int LongestKept = 4096;

    // ONNX Runtime takes about a hundred levels of messages. This is only to end.
    private const int DeepestNesting = 300;

    // The messages on the way from a model to its tensors, by field number.
    private static readonly Message s_tensor = new() { IsTensor = true };
    private static readonly Message s_sparseTensor = new() { [1] = s_tensor, [2] = s_tensor };
    private static readonly Message s_attribute = new() { [5] = s_tensor, [10] = s_tensor, [22] = s_sparseTensor, [23] = s_sparseTensor };
    private static readonly Message s_node = new() { [5] = s_attribute };
    private static readonly Message s_dimension = new();
    private static readonly Message s_input = new() { [2] = new() { [1] = new() { [2] = new() { [1] = s_dimension } } } };
    private static readonly Message s_graph = new() { [1] = s_node, [5] = s_tensor, [11] = s_input, [15] = s_sparseTensor };
    private static readonly Message s_function = new() { [7] = s_node, [11] = s_attribute };
    private static readonly Message s_training = new() { [1] = s_graph, [2] = s_graph };
    private static readonly Message s_model = new() { [7] = s_graph, [20] = s_training, [25] = s_function };

    // If, Loop and Scan have graphs among their attributes.
    static ModelOutline() => s_attribute[6] = s_attribute[11] = s_graph;

    private readonly Lazy<ModelProto?> _model;

    private ModelOutline(byte[]? kept, Reader found)
    {
        _model = new(() => kept is null ? null : Parse(kept));
        HasExternalData = found.HasExternalData;
        HasEmptyInputs = found.HasEmptyInputs;
    }

    /// <summary>
    /// The model. Tensors of more than a few thousand bytes have no numbers, and long lists of them are cut. Null where the file isn't a
    /// model, which ONNX Runtime says better.
    /// </summary>
    public ModelProto? Model => _model.Value;

    /// <summary>
    /// Whether the numbers of a tensor lie in another file. ONNX Runtime reads such a file wherever the model says, which is nothing to
    /// grant to a stranger's model.
    /// </summary>
    public bool HasExternalData { get; }

    /// <summary>Whether a dimension of an input is declared 0.</summary>
    public bool HasEmptyInputs { get; }

    /// <summary>Reads the outline of a file's contents.</summary>
    /// <exception cref="InvalidDataException">Graphs in it are nested hundreds of levels deep.</exception>
    public static ModelOutline Of(byte[] model)
    {
        using var stream = new MemoryStream(model, writable: false);
        return Read(stream);
    }

    /// <summary>Reads an outline.</summary>
    /// <param name="file">An ONNX file, which can be sought in.</param>
    /// <exception cref="InvalidDataException">Graphs in it are nested hundreds of levels deep.</exception>
    public static ModelOutline Read(Stream file)
    {
        var reader = new Reader(file);
        try
        {
            var kept = new ArrayBufferWriter<byte>();
            reader.Copy(s_model, file.Length, kept, depth: 0);
            return new ModelOutline(kept.WrittenSpan.ToArray(), reader);
        }
        catch (MalformedException)
        {
            return new ModelOutline(null, reader);
        }
    }

    /// <summary>Refuses a model with numbers in other files.</summary>
    /// <param name="name">What the message calls it.</param>
    /// <exception cref="InvalidDataException">It is one.</exception>
    public void RefuseExternalData(string name)
    {
        if (HasExternalData)
        {
            throw new InvalidDataException(
                $"The model '{name}' keeps weights in other files, which aren't loaded unless {nameof(InferenceOptions)}.{nameof(InferenceOptions.AllowsExternalData)} says so; a model in one file has none.");
        }
    }

    private static ModelProto? Parse(byte[] kept)
    {
        try
        {
            using var stream = new MemoryStream(kept, writable: false);
            var model = ModelProto.Parser.ParseFrom(CodedInputStream.CreateWithLimits(stream, int.MaxValue, 2 * DeepestNesting));
            return model.Graph is null ? null : model;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private sealed class MalformedException : Exception;

    private sealed class Message : Dictionary<int, Message>
    {
        public bool IsTensor { get; init; }
    }

    private sealed class Reader(Stream file)
    {
        private readonly byte[] _buffer = new byte[1 << 16];
        private int _next;
        private int _end;
        private long _position;

        public bool HasExternalData { get; private set; }

        public bool HasEmptyInputs { get; private set; }

        // Copies the fields of a message up to a place in the file, without long numbers.
        public void Copy(Message message, long end, ArrayBufferWriter<byte> kept, int depth)
        {
            if (depth > DeepestNesting)
                throw new InvalidDataException($"Its graphs are nested more than {DeepestNesting} levels deep.");
            int numbers = 0;
            while (_position < end)
            {
                ulong tag = ReadVarint();
                int number = (int)(tag >> 3);
                switch ((WireFormat.WireType)(tag & 7))
                {
                    case WireFormat.WireType.Varint:
                        ulong value = ReadVarint();
                        // data_location other than this message.
                        HasExternalData |= message.IsTensor && number == 14 && value != 0;
                        HasEmptyInputs |= message == s_dimension && number == 1 && value == 0;
                        if (++numbers > LongestKept && !message.IsTensor)
                            break;
                        WriteVarint(kept, tag);
                        WriteVarint(kept, value);
                        break;
                    case WireFormat.WireType.Fixed32:
                        CopyNumber(tag, sizeof(int), ++numbers <= LongestKept ? kept : null);
                        break;
                    case WireFormat.WireType.Fixed64:
                        CopyNumber(tag, sizeof(long), ++numbers <= LongestKept ? kept : null);
                        break;
                    case WireFormat.WireType.LengthDelimited:
                        CopyContent(message, tag, number, end, kept, depth);
                        break;
                    case WireFormat.WireType.StartGroup:
                        SkipGroup(number, end, depth + 1);
                        break;
                    default:
                        throw new MalformedException();
                }
            }

            if (_position != end)
                throw new MalformedException();
        }

        private void CopyContent(Message message, ulong tag, int number, long end, ArrayBufferWriter<byte> kept, int depth)
        {
            long length = (long)ReadVarint();
            if (length < 0 || length > end - _position)
                throw new MalformedException();
            HasExternalData |= message.IsTensor && number == 13;
            if (message.TryGetValue(number, out Message? inner))
            {
                var content = new ArrayBufferWriter<byte>();
                Copy(inner, _position + length, content, depth + 1);
                WriteVarint(kept, tag);
                WriteVarint(kept, (ulong)content.WrittenCount);
                kept.Write(content.WrittenSpan);
                return;
            }

            // Numbers of a tensor, or lists of numbers of an attribute; the texts of both stay.
            bool isNumbers = (message.IsTensor && number is 4 or 5 or 7 or 9 or 10 or 11) || (message == s_attribute && number is 7 or 8);
            if (isNumbers && length > LongestKept)
            {
                Skip(length);
                return;
            }

            WriteVarint(kept, tag);
            WriteVarint(kept, (ulong)length);
            CopyBytes(length, kept);
        }

        // No message of ONNX has one; protobuf passes over those that it doesn't know.
        private void SkipGroup(int group, long end, int depth)
        {
            if (depth > DeepestNesting)
                throw new MalformedException();
            while (_position < end)
            {
                ulong tag = ReadVarint();
                switch ((WireFormat.WireType)(tag & 7))
                {
                    case WireFormat.WireType.Varint:
                        ReadVarint();
                        break;
                    case WireFormat.WireType.Fixed32:
                        Skip(sizeof(int));
                        break;
                    case WireFormat.WireType.Fixed64:
                        Skip(sizeof(long));
                        break;
                    case WireFormat.WireType.LengthDelimited:
                        long length = (long)ReadVarint();
                        if (length < 0 || length > end - _position)
                            throw new MalformedException();
                        Skip(length);
                        break;
                    case WireFormat.WireType.StartGroup:
                        SkipGroup((int)(tag >> 3), end, depth + 1);
                        break;
                    case WireFormat.WireType.EndGroup when (int)(tag >> 3) == group:
                        return;
                    default:
                        throw new MalformedException();
                }
            }

            throw new MalformedException();
        }

        private void CopyNumber(ulong tag, int size, ArrayBufferWriter<byte>? kept)
        {
            if (kept is null)
            {
                Skip(size);
                return;
            }

            WriteVarint(kept, tag);
            CopyBytes(size, kept);
        }

        private void CopyBytes(long count, ArrayBufferWriter<byte> kept)
        {
            while (count > 0)
            {
                if (_next == _end)
                    FillBuffer();
                int part = (int)Math.Min(count, _end - _next);
                kept.Write(_buffer.AsSpan(_next, part));
                _next += part;
                _position += part;
                count -= part;
            }
        }

        private void Skip(long count)
        {
            int inBuffer = (int)Math.Min(count, _end - _next);
            _next += inBuffer;
            _position += count;
            if (count > inBuffer)
                file.Seek(count - inBuffer, SeekOrigin.Current);
        }

        private ulong ReadVarint()
        {
            ulong value = 0;
            for (int shift = 0; shift < 64; shift += 7)
            {
                if (_next == _end)
                    FillBuffer();
                byte part = _buffer[_next++];
                _position++;
                value |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80)
                    return value;
            }

            throw new MalformedException();
        }

        private void FillBuffer()
        {
            _next = 0;
            _end = file.Read(_buffer);
            if (_end == 0)
                throw new MalformedException();
        }

        private static void WriteVarint(ArrayBufferWriter<byte> kept, ulong value)
        {
            Span<byte> bytes = kept.GetSpan(10);
            int count = 0;
            for (; value >= 0x80; value >>= 7)
                bytes[count++] = (byte)(value | 0x80);
            bytes[count++] = (byte)value;
            kept.Advance(count);
        }
    }
}
