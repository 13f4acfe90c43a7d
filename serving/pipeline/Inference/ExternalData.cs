using Google.Protobuf;

namespace MnistAdder.Serving.Inference;

/// <summary>
/// Looks into ONNX files for tensors whose numbers lie in another file. ONNX Runtime reads such a file wherever the model says, which
/// is nothing to grant to a stranger's model.
/// </summary>
/// <remarks>
/// Source of the field numbers: onnx.proto of the ONNX project, which never changes them. Numbers of tensors are passed over, so that
/// the time taken hardly depends on a model's size.
/// </remarks>
internal static class ExternalData
{
    private const int DeepestNesting = 64;

    // The messages on the way from a model to its tensors, by field number.
    private static readonly Message s_tensor = new();
    private static readonly Message s_sparseTensor = new() { [1] = s_tensor, [2] = s_tensor };
    private static readonly Message s_attribute = new() { [5] = s_tensor, [10] = s_tensor, [22] = s_sparseTensor, [23] = s_sparseTensor };
    private static readonly Message s_node = new() { [5] = s_attribute };
    private static readonly Message s_graph = new() { [1] = s_node, [5] = s_tensor, [15] = s_sparseTensor };
    private static readonly Message s_function = new() { [7] = s_node, [11] = s_attribute };
    private static readonly Message s_training = new() { [1] = s_graph, [2] = s_graph };
    private static readonly Message s_model = new() { [7] = s_graph, [20] = s_training, [25] = s_function };

    // If, Loop and Scan have graphs among their attributes.
    static ExternalData() => s_attribute[6] = s_attribute[11] = s_graph;

    /// <summary>Refuses a model that has such tensors.</summary>
    /// <param name="model">The contents of an ONNX file; what isn't one passes, since ONNX Runtime refuses it better.</param>
    /// <param name="name">What the message calls it.</param>
    /// <exception cref="InvalidDataException">It has; the message names the model.</exception>
    public static void Refuse(byte[] model, string name)
    {
        try
        {
            if (IsIn(s_model, new CodedInputStream(model), model, depth: 0))
            {
                throw new InvalidDataException(
                    $"The model '{name}' keeps weights in other files, which aren't loaded unless {nameof(InferenceOptions)}.{nameof(InferenceOptions.AllowsExternalData)} says so; a model in one file has none.");
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // No ONNX file.
        }
    }

    private static bool IsIn(Message message, CodedInputStream fields, byte[] model, int depth)
    {
        if (depth > DeepestNesting)
            return true;
        while (fields.ReadTag() is not 0 and var tag)
        {
            int number = WireFormat.GetTagFieldNumber(tag);
            int start = (int)fields.Position;
            fields.SkipLastField();
            int end = (int)fields.Position;
            if (message == s_tensor)
            {
                // external_data, or a data_location other than this message.
                if (number == 13 || (number == 14 && new CodedInputStream(model, start, end - start).ReadEnum() != 0))
                    return true;
            }
            else if (message.TryGetValue(number, out Message? child) && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                var lengthAndContent = new CodedInputStream(model, start, end - start);
                int length = lengthAndContent.ReadLength();
                if (IsIn(child, new CodedInputStream(model, end - length, length), model, depth + 1))
                    return true;
            }
        }

        return false;
    }

    private sealed class Message : Dictionary<int, Message>;
}
